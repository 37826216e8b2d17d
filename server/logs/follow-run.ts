import { setTimeout as sleep } from 'node:timers/promises'
import { orNullOnConnectionError } from '@/db/errors'
import { followLog } from './follow'
import { incompleteLog } from './incomplete-log'
import { type Located, unreachableLog } from './locate'
import type { LogEntry, LogPage, LogQuery, LogReading } from './log-store'
import type { Notifier } from './notifier'
import { createOwnerStatus } from './owner-status'
import { StreamInterrupted } from './remote'
import type { SharedReads } from './shared-reads'

export type FollowRun = {
  locate(): Promise<Located>
  /** The same, a moment old at most, shared with the others who follow this run. */
  locateRecent(): Promise<Located>
  notifier: Notifier
  read: SharedReads
  runId: string
  offset: number
  signal: AbortSignal
  backpressure?(): Promise<void>
  tellsOwner?: boolean
}

const pauseMs = 300

/**
 * Follows a run's log from where it can be read, through all moves: streamed by the server that runs it, and, when that
 * one dies, from what is stored; with `tellsOwner` that is told. Fails with `unavailable` when the run has ended and the
 * rest can not be reached.
 */
export async function* followRun(options: FollowRun): AsyncGenerator<LogEntry, void> {
  const { runId, signal } = options
  const changes = options.notifier.subscribe(runId)
  const news = createOwnerStatus(options.tellsOwner ?? false)
  let { offset } = options
  try {
    while (!signal.aborted) {
      const located = await orNullOnConnectionError(options.locate())
      if (!located || !(located.hasServer || located.isFinal)) {
        // A queued run has no server yet, and so no place: it is asked for until its log begins.
        await changes.next(signal)
      } else if (located.remote) {
        try {
          for await (const entry of located.remote.follow(runId, offset, signal)) {
            if (!entry || entry.owner) {
              yield* news(entry?.owner ?? 'back', offset)
              continue
            }
            await options.backpressure?.()
            if (signal.aborted) return
            yield entry
            offset = entry.nextOffset
          }
          return
        } catch (error) {
          // Whoever has the log now is looked for, and asked from where we are.
          if (!(error instanceof StreamInterrupted)) throw error
          yield* news('gone', offset)
          await sleep(pauseMs, undefined, { signal }).catch(() => {})
        }
      } else if (located.reading) {
        const anew = new AbortController()
        for await (const entry of followHere({ ...options, offset }, located.reading, news, anew)) {
          yield entry
          offset = entry.nextOffset
        }
        if (!anew.signal.aborted) return
      } else if (located.isFinal) throw unreachableLog(located.host)
      else {
        yield* news('gone', offset)
        await sleep(pauseMs, undefined, { signal }).catch(() => {})
      }
    }
  } finally {
    changes.close()
  }
}

/** From a folder we see, or from the archive: both are read. `anew`: the server that has more can be reached again. */
async function* followHere(
  { locate, locateRecent, notifier, runId, read, signal, ...rest }: FollowRun,
  first: LogReading,
  news: ReturnType<typeof createOwnerStatus>,
  anew: AbortController,
): AsyncGenerator<LogEntry, void> {
  let reading: LogReading | null = first
  let owner: LogEntry['owner']
  async function readFrom(query: LogQuery): Promise<LogPage> {
    reading ??= (await orNullOnConnectionError(locate()))?.reading ?? null
    return reading ? await read(reading, runId, query) : { entries: [], nextOffset: query.offset, logBytes: 0 }
  }
  async function readWhole(query: LogQuery): Promise<LogPage> {
    const page = await readFrom(query)
    const end = query.endOffset ?? 0
    if (end === Number.POSITIVE_INFINITY || page.logBytes >= end) return page
    // It has moved to the archive, or was given up: then it ends at nothing.
    const located = await orNullOnConnectionError(locate())
    reading = located?.reading ?? null
    const again = await readFrom(query)
    if (located?.endOffset && again.logBytes < end && query.offset >= again.logBytes)
      throw incompleteLog(again.logBytes, end)
    return again
  }
  yield* followLog({
    ...rest,
    signal: AbortSignal.any([signal, anew.signal]),
    subscribe: () => notifier.subscribe(runId),
    // The text does not pass through the database: while that is away, who follows goes on following.
    async finalBytes(isSilent) {
      const located = await orNullOnConnectionError(isSilent ? locateRecent() : locate())
      if (!located) return null
      if (located.remote && !located.isFinal) anew.abort()
      // Of a run that has ended nothing more is to be said.
      if (!located.isFinal) owner = located.isServerLost ? 'gone' : 'back'
      return located.isFinal ? (located.endOffset ?? Number.POSITIVE_INFINITY) : null
    },
    async read(query) {
      const told = owner ? news(owner, query.offset) : []
      const page = await readWhole(query)
      return told.length > 0 ? { ...page, entries: [...told, ...page.entries] } : page
    },
  })
}
