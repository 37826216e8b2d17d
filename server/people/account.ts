import type { RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { countGuess, forgetGuesses } from '@/server/access/attempts'
import type { Person } from '@/server/access/gate'
import { hashPassword, isPassword } from '@/server/access/password'
import { endSessions } from '@/server/access/sessions'
import { type By, recordActivity } from '@/server/activity/record'
import { Failure } from '@/server/domain/errors'
import { isUniqueViolation } from './unique'

export type Account = {
  /** null for the bearer of REVEILLE_TOKEN, who is no person. */
  id: string | null
  name: string
  email: string | null
  /** Whether this person can sign in without a link. */
  hasPassword: boolean
  /** Whether e-mail and password change only with the current one: not for a browser that came by a link. */
  needsPassword: boolean
  /** The owner of the installation has owner rights in every company. */
  installationOwner: boolean
}

export async function getAccount(sql: RawSql, { personId, sessionId }: Person): Promise<Account> {
  const [account] = await sql<[Account]>`
    select p.id, p.name, p.email, p.installation_owner,
      w.person_id is not null as has_password, w.person_id is not null and not coalesce(s.by_link, false) as needs_password
    from people p left join passwords w on w.person_id = p.id left join sessions s on s.id = ${sessionId}
    where p.id = ${personId}`
  return account
}

export type AccountChange = { name?: string; email?: string; newPassword?: string; currentPassword?: string }

/**
 * Changes a person's name, e-mail or password. Where there is a password, e-mail and password change only for who knows
 * it; a new password ends every other session. Errors: `invalid_input` naming the field, `name_taken`, `rate_limited`.
 */
export async function updateAccount(
  sql: RawSql,
  by: By,
  who: Person & { address: string | null },
  change: AccountChange,
): Promise<Account> {
  const before = await getAccount(sql, who)
  const isSensitive = change.newPassword !== undefined || (change.email ?? before.email) !== before.email
  if (isSensitive && before.needsPassword) await checkCurrent(sql, who, before, change.currentPassword)
  if (change.newPassword !== undefined && !(change.email ?? before.email)) {
    throw new Failure('invalid_input', 'email: must be given with a first password', 'email')
  }
  const hash = change.newPassword === undefined ? null : await hashPassword(change.newPassword)
  try {
    await transaction(sql, async (tx) => {
      await tx`
        update people set name = coalesce(${change.name ?? null}, name), email = coalesce(${change.email ?? null}, email)
        where id = ${who.personId}`
      if (hash !== null) {
        await tx`
          insert into passwords (person_id, hash) values (${who.personId}, ${hash})
          on conflict (person_id) do update set hash = excluded.hash, changed_at = now()`
        await endSessions(tx, who.personId, who.sessionId)
        await tx`update sessions set by_link = false where id = ${who.sessionId}`
      }
      const subject = { type: 'person', id: who.personId } as const
      const changed = { name: change.name, email: change.email, password: hash === null ? undefined : 'changed' }
      await recordActivity(tx, { companyId: null, by, action: 'account.update', subject, details: changed })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Failure('name_taken', 'Another person here has this e-mail.', 'email')
  }
  return await getAccount(sql, who)
}

/** Counted as a sign-in is: who has found an open browser does not get to guess. */
async function checkCurrent(
  sql: RawSql,
  { personId, address }: { personId: string; address: string | null },
  account: Account,
  password: string | undefined,
): Promise<void> {
  const guess = { email: account.email ?? personId, address }
  await countGuess(sql, guess)
  const [row] = await sql<{ hash: string }[]>`select hash from passwords where person_id = ${personId}`
  if (!(await isPassword(password ?? '', row?.hash ?? null))) {
    throw new Failure('invalid_input', 'currentPassword: is not right', 'currentPassword')
  }
  await forgetGuesses(sql, guess)
}
