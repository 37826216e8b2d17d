import { and, eq, gt, isNull } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsFromNow, now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { people, signInLinks } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { recordRefusal } from './refusals'
import { createSession } from './sessions'
import { newToken, tokenHash } from './tokens'

const linkMs = 24 * 3_600_000

/** A one-time link, valid for a day, for the person with this e-mail, or for the owner. Null when no person has the e-mail. */
export async function createSignInLink(sql: RawSql, publicUrl: string, email?: undefined): Promise<string>
export async function createSignInLink(sql: RawSql, publicUrl: string, email?: string): Promise<string | null>
export async function createSignInLink(sql: RawSql, publicUrl: string, email?: string): Promise<string | null> {
  const personId = email === undefined ? null : await personOf(sql, email)
  if (personId === undefined) return null
  const token = newToken('rvl_')
  const link = { tokenHash: tokenHash(token), personId, expiresAt: millisecondsFromNow(linkMs) }
  await drizzleOn(sql).insert(signInLinks).values(link)
  return `${publicUrl}/sign-in?token=${token}`
}

export async function hasPeople(sql: RawSql): Promise<boolean> {
  const found = await drizzleOn(sql).select({ id: people.id }).from(people).limit(1)
  return found.length > 0
}

export type SignIn = { ok: true; session: string } | { ok: false; why: 'used' | 'expired' | 'unknown' }

/** Consumes a link and signs its person in. A link without a person belongs to the installation's owner, whom the first one creates. */
export async function signIn(sql: RawSql, token: string, browser?: Caller): Promise<SignIn> {
  return await transaction(sql, async (tx): Promise<SignIn> => {
    const hash = tokenHash(token)
    const db = drizzleOn(tx)
    const { tokenHash: storedHash, usedAt, expiresAt, personId } = signInLinks
    const [used] = await db
      .update(signInLinks)
      .set({ usedAt: now() })
      .where(and(eq(storedHash, hash), isNull(usedAt), gt(expiresAt, now())))
      .returning({ personId })
    if (!used) {
      const [link] = await db.select({ usedAt }).from(signInLinks).where(eq(storedHash, hash))
      await recordRefusal(tx, { personId: null, caller: browser, how: 'link' })
      if (!link) return { ok: false, why: 'unknown' }
      return { ok: false, why: link.usedAt ? 'used' : 'expired' }
    }
    const signedIn = used.personId ?? (await ownerIn(tx))
    return { ok: true, session: await createSession(tx, signedIn, browser, { byLink: true }) }
  })
}

async function ownerIn(tx: Executor): Promise<string> {
  const db = drizzleOn(tx)
  await db.insert(people).values({ name: 'Owner', installationOwner: true }).onConflictDoNothing()
  return onlyRow(await db.select({ id: people.id }).from(people).where(eq(people.installationOwner, true))).id
}

async function personOf(sql: RawSql, email: string): Promise<string | undefined> {
  const [person] = await drizzleOn(sql).select({ id: people.id }).from(people).where(eq(people.email, email))
  return person?.id
}
