import { and, eq, exists, gt, isNull, or } from 'drizzle-orm'
import type { Executor, RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsFromNow, now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { companies, invitations, memberships, passwords, people } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { Role } from '@/server/domain/agent-status'
import { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { hashPassword } from '@/server/identity/access/password'
import { createSession } from '@/server/identity/access/sessions'
import { newToken, tokenHash } from '@/server/identity/access/tokens'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { personByPassword } from './credentials'
import type { Member } from './find-members'
import { getMember } from './members'
import { isUniqueViolation } from './unique'

const validMs = 7 * 86_400_000

/** The data shown by the link. `hasPassword` is about the person who already has this e-mail; null where there is none. */
export type Invitation = { companyName: string; email: string; role: Role; hasPassword: boolean | null }

type Open = Invitation & { id: string; companyId: string; personId: string | null }

/**
 * Invites the person with this e-mail to a company and returns the one-time link, which is valid for a week. A second
 * invitation of the same e-mail replaces the link. Errors: `name_taken` where the person is a member already.
 */
export async function invite(
  sql: RawSql,
  by: AuditActor,
  publicUrl: string,
  given: { companyId: CompanyId; email: string; role: Role },
): Promise<Member & { link: string }> {
  const { companyId, email, role } = given
  const token = newToken('rvi_')
  return await transaction(sql, async (tx) => {
    if (await isMember(tx, companyId, email)) throw new ApiError('name_taken', `${email} is already a member.`, 'email')
    const invitation = { role, tokenHash: tokenHash(token), createdAt: now(), expiresAt: millisecondsFromNow(validMs) }
    const { id } = onlyRow(
      await drizzleOn(tx)
        .insert(invitations)
        .values({ companyId, email, ...invitation })
        .onConflictDoUpdate({
          target: [invitations.companyId, invitations.email],
          targetWhere: isNull(invitations.acceptedAt),
          set: invitation,
        })
        .returning({ id: invitations.id }),
    )
    const subject = { type: 'member', id } as const
    await recordActivity(tx, { companyId, by, action: 'member.invite', subject, details: { email, role } })
    return { ...(await getMember(tx, companyId, id)), link: `${publicUrl}/invitation?token=${token}` }
  })
}

/** Errors: `not_found` for a link that is used, expired, replaced or unknown. */
export async function readInvitation(sql: Executor, token: string): Promise<Invitation> {
  const { companyName, email, role, hasPassword } = await openInvitation(sql, token)
  return { companyName, email, role, hasPassword }
}

export type Acceptance = {
  token: string
  /** Of a new person. */
  name?: string
  /** Chosen by a new person, verified for an existing one; not needed while signed in as the invited person. */
  password?: string
  signedInAs: string | null
}

/** Makes the person a member, signs them in and returns the session's token. Errors: `unauthenticated`, `invalid_input`, `rate_limited`, `not_found`. */
export async function acceptInvitation(sql: RawSql, given: Acceptance, browser: Caller): Promise<string> {
  const { personId, email, hasPassword } = await openInvitation(sql, given.token)
  const isAlreadyIn = personId !== null && personId === given.signedInAs
  if (personId !== null && !isAlreadyIn) {
    if (!hasPassword) throw new ApiError('unauthenticated', `Sign in as ${email} first, then open the link again.`)
    await personByPassword(sql, { email, password: given.password ?? '' }, browser)
  }
  const hash = personId === null ? await hashPassword(passwordOf(given)) : null
  try {
    return await transaction(sql, async (tx) => {
      const db = drizzleOn(tx)
      const open = await openInvitation(tx, given.token)
      // The link alone must not sign in as an existing person, nor as one who has signed up in the meantime.
      if (open.personId !== personId) throw justTaken()
      const accepting = open.personId ?? (await addPerson(tx, { name: given.name ?? '', email, hash }))
      await db.update(invitations).set({ acceptedAt: now() }).where(eq(invitations.id, open.id))
      await db
        .insert(memberships)
        .values({ companyId: open.companyId, personId: accepting, role: open.role })
        .onConflictDoUpdate({ target: [memberships.companyId, memberships.personId], set: { role: open.role } })
      await recordActivity(tx, {
        companyId: open.companyId,
        by: { type: 'user', id: accepting },
        action: 'member.accept',
        subject: { type: 'person', id: accepting },
        details: { email, role: open.role },
      })
      return await createSession(tx, accepting, browser)
    })
  } catch (error) {
    throw isUniqueViolation(error) ? justTaken() : error
  }
}

function passwordOf({ name, password }: Acceptance): string {
  if (!name) throw new ApiError('invalid_input', 'name: must not be empty', 'name')
  if (!password) throw new ApiError('invalid_input', 'password: must not be empty', 'password')
  return password
}

function justTaken(): ApiError {
  return new ApiError('name_taken', 'Another person has just signed up with this e-mail. Open the link again.', 'email')
}

async function isMember(tx: Tx, companyId: CompanyId, email: string): Promise<boolean> {
  const db = drizzleOn(tx)
  const membership = db
    .select({ id: memberships.id })
    .from(memberships)
    .where(and(eq(memberships.personId, people.id), eq(memberships.companyId, companyId)))
  const found = await db
    .select({ id: people.id })
    .from(people)
    .where(and(eq(people.email, email), or(eq(people.installationOwner, true), exists(membership))))
  return found.length > 0
}

async function addPerson(tx: Tx, given: { name: string; email: string; hash: string | null }): Promise<string> {
  const { name, email, hash } = given
  if (hash === null) throw justTaken()
  const db = drizzleOn(tx)
  const { id } = onlyRow(await db.insert(people).values({ name, email }).returning({ id: people.id }))
  await db.insert(passwords).values({ personId: id, hash })
  return id
}

async function openInvitation(sql: Executor, token: string): Promise<Open> {
  const { id, companyId, email, role, acceptedAt, expiresAt } = invitations
  const [open] = await drizzleOn(sql)
    .select({
      invitation: { id, companyId, companyName: companies.name, email, role },
      personId: people.id,
      passwordOf: passwords.personId,
    })
    .from(invitations)
    .innerJoin(companies, eq(companies.id, companyId))
    .leftJoin(people, eq(people.email, email))
    .leftJoin(passwords, eq(passwords.personId, people.id))
    .where(and(eq(invitations.tokenHash, tokenHash(token)), isNull(acceptedAt), gt(expiresAt, now())))
    .for('update', { of: invitations })
  if (open) {
    const { invitation, personId, passwordOf } = open
    return { ...invitation, personId, hasPassword: personId === null ? null : passwordOf !== null }
  }
  throw new ApiError('not_found', 'This invitation was used, has expired or was replaced. Ask for a new link.')
}
