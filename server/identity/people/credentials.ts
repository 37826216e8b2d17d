import { eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { passwords, people } from '@/db/schema'
import { ApiError } from '@/server/domain/errors'
import { countGuess, forgetGuesses } from '@/server/identity/access/attempts'
import { isPassword } from '@/server/identity/access/password'
import { recordRefusal } from '@/server/identity/access/refusals'
import { createSession } from '@/server/identity/access/sessions'
import type { Caller } from '@/server/identity/activity/audit-actor'

/** Signs in by e-mail and password and returns the session's token. Errors: `unauthenticated`, `rate_limited`. */
export async function signInByPassword(
  sql: RawSql,
  { email, password }: { email: string; password: string },
  browser: Caller,
): Promise<string> {
  return await createSession(sql, await personByPassword(sql, { email, password }, browser), browser)
}

/** The id of the person with this e-mail and password. A wrong e-mail and a wrong password are refused alike. */
export async function personByPassword(
  sql: RawSql,
  { email, password }: { email: string; password: string },
  caller: Caller,
): Promise<string> {
  const guess = { email, address: caller.address }
  await countGuess(sql, guess)
  const [person] = await drizzleOn(sql)
    .select({ id: people.id, hash: passwords.hash })
    .from(people)
    .innerJoin(passwords, eq(passwords.personId, people.id))
    .where(eq(people.email, email))
  const isRight = await isPassword(password, person?.hash ?? null)
  if (!person || !isRight) {
    await recordRefusal(sql, { personId: person?.id ?? null, caller, how: 'password' })
    throw new ApiError('unauthenticated', 'The e-mail or the password is wrong.')
  }
  await forgetGuesses(sql, guess)
  return person.id
}
