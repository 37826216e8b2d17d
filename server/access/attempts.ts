import { createHash } from 'node:crypto'
import type { Executor } from '@/db/client'
import { Failure } from '@/server/domain/errors'

/** Guesses in a quarter of an hour. From many addresses at one account, from one address at many accounts. */
const most = { pair: 5, email: 50, address: 50 } as const
const windowSec = 15 * 60
const mostRefusals = 100

type Guess = { email: string; address: string | null }

/**
 * Counts a guess at a password before it is looked at, so that guesses at once are counted too. Errors: `rate_limited`
 * with the seconds to wait. The account stays open to others: only `pair` is small enough to be hit by accident.
 */
export async function countGuess(sql: Executor, guess: Guess): Promise<void> {
  await forgetOld(sql)
  let waitSec = 0
  for (const [kind, key] of Object.entries(keysOf(guess))) {
    const [row] = await sql<[{ count: number; waitSec: number }]>`
      insert into sign_in_attempts (key, count, since) values (${key}, 1, now())
      on conflict (key) do update set
        count = case when ${isOver(sql)} then 1 else sign_in_attempts.count + 1 end,
        since = case when ${isOver(sql)} then now() else sign_in_attempts.since end
      returning count, ceil(extract(epoch from since + ${windowSec} * interval '1 second' - now()))::integer as wait_sec`
    if (row.count > most[kind as keyof typeof most]) waitSec = Math.max(waitSec, row.waitSec, 1)
  }
  if (waitSec === 0) return
  const minutes = Math.ceil(waitSec / 60)
  throw new Failure('rate_limited', `Too many attempts. Try again in ${minutes} min.`, undefined, waitSec)
}

/** More than a guess adds, and no more at once than a caller can wait for. */
async function forgetOld(sql: Executor): Promise<void> {
  await sql`
    delete from sign_in_attempts where key in (
      select key from sign_in_attempts where ${isOver(sql)} limit 100 for update skip locked)`
}

/** Whether one more refusal is still to be written down: 100 in a quarter of an hour for each person, and for all strangers. */
export async function countRefusal(sql: Executor, personId: string | null): Promise<boolean> {
  const key = hashed('refusal', personId ?? 'strangers')
  const [row] = await sql<[{ count: number }]>`
    insert into sign_in_attempts (key, count, since) values (${key}, 1, now())
    on conflict (key) do update set
      count = case when ${isOver(sql)} then 1 else least(sign_in_attempts.count, ${mostRefusals}) + 1 end,
      since = case when ${isOver(sql)} then now() else sign_in_attempts.since end
    returning count`
  return row.count <= mostRefusals
}

function isOver(sql: Executor) {
  return sql`sign_in_attempts.since < now() - ${windowSec} * interval '1 second'`
}

/** A right password ends the counting for who gave it. */
export async function forgetGuesses(sql: Executor, guess: Guess): Promise<void> {
  const { pair, address } = keysOf(guess)
  await sql`delete from sign_in_attempts where key = ${pair}`
  await sql`update sign_in_attempts set count = greatest(count - 1, 0) where key = ${address}`
}

function keysOf({ email, address }: Guess) {
  const from = address ?? 'unknown'
  return {
    pair: hashed('pair', email, from),
    email: hashed('email', email),
    address: hashed('address', from),
  }
}

function hashed(...parts: string[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('hex')
}
