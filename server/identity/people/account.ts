import { eq, inArray } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { passwords, people, sessions } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import { countGuess, forgetGuesses } from '@/server/identity/access/attempts'
import type { Person } from '@/server/identity/access/gate'
import { hashPassword, isPassword } from '@/server/identity/access/password'
import { endSessions } from '@/server/identity/access/sessions'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { isUniqueViolation } from './unique'

export type Account = {
  /** null for the bearer of REVEILLE_TOKEN, who is not a person. */
  id: string | null
  name: string
  email: string | null
  /** Whether this person can sign in without a link. */
  hasPassword: boolean
  /** Whether a change of e-mail or password needs the current password: not in a session started by a sign-in link. */
  needsPassword: boolean
  /** The owner of the installation has owner rights in every company. */
  installationOwner: boolean
}

export async function getAccount(sql: RawSql, { personId, sessionId }: Person): Promise<Account> {
  const { id, name, email, installationOwner } = people
  const { passwordOf, byLink, ...account } = onlyRow(
    await drizzleOn(sql)
      .select({ id, name, email, installationOwner, passwordOf: passwords.personId, byLink: sessions.byLink })
      .from(people)
      .leftJoin(passwords, eq(passwords.personId, id))
      .leftJoin(sessions, inArray(sessions.id, sessionId === null ? [] : [sessionId]))
      .where(eq(id, personId)),
  )
  const hasPassword = passwordOf !== null
  return { ...account, hasPassword, needsPassword: hasPassword && byLink !== true }
}

export type AccountChange = { name?: string; email?: string; newPassword?: string; currentPassword?: string }

/**
 * Changes a person's name, e-mail or password. With a password set, e-mail and password change only for a caller who
 * knows it; a new password ends every other session. Errors: `invalid_input` naming the field, `name_taken`, `rate_limited`.
 */
export async function updateAccount(
  sql: RawSql,
  by: AuditActor,
  who: Person & { address: string | null },
  change: AccountChange,
): Promise<Account> {
  const before = await getAccount(sql, who)
  const isSensitive = change.newPassword !== undefined || (change.email ?? before.email) !== before.email
  if (isSensitive && before.needsPassword) await checkCurrent(sql, who, before, change.currentPassword)
  if (change.newPassword !== undefined && !(change.email ?? before.email)) {
    throw new ApiError('invalid_input', 'email: must be given with a first password', 'email')
  }
  const hash = change.newPassword === undefined ? null : await hashPassword(change.newPassword)
  try {
    await transaction(sql, async (tx) => {
      const { name = people.name, email = people.email } = change
      await drizzleOn(tx).update(people).set({ name, email }).where(eq(people.id, who.personId))
      if (hash !== null) await setPassword(tx, who, hash)
      const subject = { type: 'person', id: who.personId } as const
      const password = hash === null ? undefined : ('changed' as const)
      const details = { name: change.name, email: change.email, password }
      await recordActivity(tx, { companyId: null, by, action: 'account.update', subject, details })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new ApiError('name_taken', 'Another person has this e-mail already.', 'email')
  }
  return await getAccount(sql, who)
}

/** Ends every other session; this one no longer counts as started by a link. */
async function setPassword(tx: Tx, { personId, sessionId }: Person, hash: string): Promise<void> {
  const db = drizzleOn(tx)
  await db
    .insert(passwords)
    .values({ personId, hash })
    .onConflictDoUpdate({ target: passwords.personId, set: { hash, changedAt: now() } })
  await endSessions(tx, personId, sessionId)
  if (sessionId !== null) await db.update(sessions).set({ byLink: false }).where(eq(sessions.id, sessionId))
}

/** Counted like a sign-in: a person who finds an unlocked browser cannot guess the password. */
async function checkCurrent(
  sql: RawSql,
  { personId, address }: { personId: string; address: string | null },
  account: Account,
  password: string | undefined,
): Promise<void> {
  const guess = { email: account.email ?? personId, address }
  await countGuess(sql, guess)
  const [row] = await drizzleOn(sql)
    .select({ hash: passwords.hash })
    .from(passwords)
    .where(eq(passwords.personId, personId))
  if (!(await isPassword(password ?? '', row?.hash ?? null))) {
    throw new ApiError('invalid_input', 'currentPassword: is wrong', 'currentPassword')
  }
  await forgetGuesses(sql, guess)
}
