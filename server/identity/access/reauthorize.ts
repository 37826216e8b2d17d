import type { ServerResponse } from 'node:http'
import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import type { Service } from '@/server/platform/service'
import { type Actor, isPerson } from './actor'
import { type Reached, refusalOfReach } from './gate'
import type { Rule } from './permissions'
import { rolesIn } from './roles'

/** A long-lived response to one caller. */
export type AuthorizedStream = {
  /** The current actor of the credential. Errors: `unauthenticated`. */
  authenticate(sql: Executor): Promise<Actor>
  rule: Rule
  reached: readonly Reached[]
  /** Called when the caller has lost the right to the stream. */
  onRefused(failure: ApiError): void
}

export type Reauthorizer = Service & {
  /** Checks a stream of `credential` every 2 s until the returned function is called. */
  watch(credential: string, stream: AuthorizedStream): () => void
}

const credentialsPerTransaction = 100

/**
 * Checks that callers still have the rights with which their open streams started. Each credential is looked up once per
 * tick, however many streams it has, and many credentials share a transaction, so idle viewers cost little.
 */
export function createReauthorizer(options: { sql: RawSql; log: Log; everyMs?: number }): Reauthorizer {
  const streams = new Map<string, Set<AuthorizedStream>>()
  const loop = createLoop({ name: 'reauthorize', everyMs: options.everyMs ?? 2000, run: runOnce, log: options.log })

  async function runOnce() {
    // In the same order on all servers, against deadlocks: a lookup may update the credential's row.
    const watched = [...streams].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ofOne]) => ofOne)
    for (let at = 0; at < watched.length; at += credentialsPerTransaction) {
      const some = watched.slice(at, at + credentialsPerTransaction)
      await transaction(options.sql, (tx) => Promise.all(some.map((ofOne) => reauthorize(tx, [...ofOne]))))
    }
  }

  return {
    name: 'reauthorizer',
    start: async () => loop.start(),
    stop: () => loop.stop(),
    watch(credential, stream) {
      const ofOne = streams.get(credential) ?? new Set()
      streams.set(credential, ofOne.add(stream))
      return () => {
        ofOne.delete(stream)
        if (ofOne.size === 0 && streams.get(credential) === ofOne) streams.delete(credential)
      }
    },
  }
}

/** Cuts a response that is still being sent when its receiver loses the right to it. */
export function cutWhenRefused(
  reauthorizer: Reauthorizer,
  response: ServerResponse,
  { credential, ...stream }: Omit<AuthorizedStream, 'onRefused'> & { credential: string },
): void {
  if (response.destroyed) return
  const stop = reauthorizer.watch(credential, { ...stream, onRefused: () => response.destroy() })
  response.on('close', stop)
}

/** All streams of one credential. */
async function reauthorize(tx: Executor, streams: AuthorizedStream[]): Promise<void> {
  const [first] = streams
  if (!first) return
  const actor = await first.authenticate(tx).catch(unauthenticatedError)
  if (actor instanceof ApiError) {
    for (const stream of streams) stream.onRefused(actor)
    return
  }
  // An agent never changes its company.
  if (!isPerson(actor)) return
  const companyIds = new Set(streams.flatMap(({ reached }) => reached.map(({ companyId }) => companyId)))
  const roles = await rolesIn(tx, actor, [...companyIds])
  for (const { rule, reached, onRefused } of streams) {
    const refusal = refusalOfReach(rule, reached, roles)
    if (refusal) onRefused(refusal)
  }
}

/** A database error or a rate limit does not end a stream: the next tick checks again. */
function unauthenticatedError(error: unknown): ApiError {
  if (error instanceof ApiError && error.reason === 'unauthenticated') return error
  throw error
}
