import { createHash } from 'node:crypto'
import { and, eq, gt, lt } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { ifElse, millisecondsAgo, now, plus } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { removeRows } from '@/db/remove-rows'
import { signInAttempts } from '@/db/schema'
import { ApiError } from '@/server/domain/errors'

/** Guesses per 15 minutes: of one address at one account, of all addresses at one account, of one address at all accounts. */
const limits = { pair: 5, email: 50, address: 50 } as const
const windowMs = 15 * 60_000
const mostRefusals = 100

type Guess = { email: string; address: string | null }

/**
 * Counts a guess at a password before the password is checked, so that concurrent guesses count too. Errors:
 * `rate_limited` with the seconds to wait. Only the limit of `pair` is low enough to be reached by mistake, so other
 * addresses can still sign in to the account.
 */
export async function countGuess(sql: Executor, guess: Guess): Promise<void> {
  await deleteOld(sql)
  let waitSec = 0
  for (const [kind, key] of Object.entries(keysOf(guess))) {
    const { count, remainingMs } = await countAttempt(sql, key)
    if (count > limits[kind as keyof typeof limits]) waitSec = Math.max(waitSec, Math.ceil(remainingMs / 1000), 1)
  }
  if (waitSec === 0) return
  const minutes = Math.ceil(waitSec / 60)
  throw new ApiError('rate_limited', `Too many attempts. Try again in ${minutes} min.`, undefined, waitSec)
}

/** Deletes more rows than a guess adds, but few enough for the caller to wait for. */
async function deleteOld(sql: Executor): Promise<void> {
  await removeRows(sql, signInAttempts.key, { where: isOver(), limit: 100 })
}

/** Counts one more attempt in the current window of this key, or the first of a new window. */
async function countAttempt(sql: Executor, key: string): Promise<{ count: number; remainingMs: number }> {
  const row = onlyRow(
    await drizzleOn(sql)
      .insert(signInAttempts)
      .values({ key, count: 1, since: now() })
      .onConflictDoUpdate({
        target: signInAttempts.key,
        set: {
          count: ifElse(isOver(), 1, plus(signInAttempts.count, 1)),
          since: ifElse(isOver(), now(), signInAttempts.since),
        },
      })
      .returning({ count: signInAttempts.count, since: signInAttempts.since, now: now() }),
  )
  return { count: row.count, remainingMs: row.since.getTime() + windowMs - row.now.getTime() }
}

/** Whether to record one more refusal: 100 per 15 minutes for each person, and for all unknown e-mails together. */
export async function countRefusal(sql: Executor, personId: string | null): Promise<boolean> {
  const key = hashed('refusal', personId ?? 'strangers')
  const { count } = await countAttempt(sql, key)
  return count <= mostRefusals
}

function isOver() {
  return lt(signInAttempts.since, millisecondsAgo(windowMs))
}

/** After the right password: resets the counter of this address and e-mail, and takes one guess off that of the address. */
export async function forgetGuesses(sql: Executor, guess: Guess): Promise<void> {
  const { pair, address } = keysOf(guess)
  const db = drizzleOn(sql)
  await db.delete(signInAttempts).where(eq(signInAttempts.key, pair))
  await db
    .update(signInAttempts)
    .set({ count: plus(signInAttempts.count, -1) })
    .where(and(eq(signInAttempts.key, address), gt(signInAttempts.count, 0)))
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
