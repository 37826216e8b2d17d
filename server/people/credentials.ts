import type { RawSql } from '@/db/client'
import { countGuess, forgetGuesses } from '@/server/access/attempts'
import { isPassword } from '@/server/access/password'
import { recordRefusal } from '@/server/access/refusals'
import { createSession } from '@/server/access/sessions'
import type { Caller } from '@/server/activity/by'
import { Failure } from '@/server/domain/errors'

/** Signs in by e-mail and password; answers the session. Errors: `unauthenticated`, `rate_limited`. */
export async function signInByPassword(
  sql: RawSql,
  { email, password }: { email: string; password: string },
  browser: Caller,
): Promise<string> {
  return await createSession(sql, await personByPassword(sql, { email, password }, browser), browser)
}

/** The id of the person who has this e-mail and password. The same answer for a wrong e-mail and a wrong password. */
export async function personByPassword(
  sql: RawSql,
  { email, password }: { email: string; password: string },
  caller: Caller,
): Promise<string> {
  const guess = { email, address: caller.address }
  await countGuess(sql, guess)
  const [person] = await sql<{ id: string; hash: string }[]>`
    select p.id, w.hash from people p join passwords w on w.person_id = p.id where p.email = ${email}`
  const isRight = await isPassword(password, person?.hash ?? null)
  if (!person || !isRight) {
    await recordRefusal(sql, { personId: person?.id ?? null, caller, how: 'password' })
    throw new Failure('unauthenticated', 'The e-mail or the password is not right.')
  }
  await forgetGuesses(sql, guess)
  return person.id
}
