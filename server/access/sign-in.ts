import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import type { Caller } from '@/server/activity/by'
import { recordRefusal } from './refusals'
import { createSession } from './sessions'
import { newToken, tokenHash } from './tokens'

const linkHours = 24

/** A link good once, for a day, for the person with this e-mail, or the owner. Null where nobody has the e-mail. */
export async function createSignInLink(sql: RawSql, publicUrl: string, email?: undefined): Promise<string>
export async function createSignInLink(sql: RawSql, publicUrl: string, email?: string): Promise<string | null>
export async function createSignInLink(sql: RawSql, publicUrl: string, email?: string): Promise<string | null> {
  const token = newToken('rvl_')
  const made = await sql`
    insert into sign_in_links (token_hash, person_id, expires_at)
    select ${tokenHash(token)}, p.id, now() + ${linkHours} * interval '1 hour'
    from (select 1) one left join people p on p.email = ${email ?? null} where ${email === undefined} or p.id is not null
    returning token_hash`
  if (made.length === 0) return null
  return `${publicUrl}/sign-in?token=${token}`
}

export async function hasPeople(sql: RawSql): Promise<boolean> {
  const [row] = await sql<[{ any: boolean }]>`select exists (select from people) as any`
  return row.any
}

export type SignIn = { ok: true; session: string } | { ok: false; why: 'used' | 'expired' | 'unknown' }

/** Uses a link up and signs in its person: where it names none the installation's owner, who comes into being with the first. */
export async function signIn(sql: RawSql, token: string, browser?: Caller): Promise<SignIn> {
  return await transaction(sql, async (tx): Promise<SignIn> => {
    const hash = tokenHash(token)
    const [used] = await tx<{ personId: string | null }[]>`
      update sign_in_links set used_at = now()
      where token_hash = ${hash} and used_at is null and expires_at > now() returning person_id`
    if (!used) {
      const [link] = await tx<{ usedAt: Date | null }[]>`
        select used_at from sign_in_links where token_hash = ${hash}`
      await recordRefusal(tx, { personId: null, caller: browser, how: 'link' })
      if (!link) return { ok: false, why: 'unknown' }
      return { ok: false, why: link.usedAt ? 'used' : 'expired' }
    }
    const personId = used.personId ?? (await ownerIn(tx))
    return { ok: true, session: await createSession(tx, personId, browser, { byLink: true }) }
  })
}

async function ownerIn(tx: Executor): Promise<string> {
  await tx`
    insert into people (name, installation_owner) values ('Owner', true)
    on conflict (installation_owner) where installation_owner do nothing`
  const [owner] = await tx<[{ id: string }]>`select id from people where installation_owner`
  return owner.id
}
