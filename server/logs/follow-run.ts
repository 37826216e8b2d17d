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
  /** The same, up to 2 s old, shared with the other followers of this run. */
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
 * Follows a run's log wherever it can be read, even when it moves: streamed from the server that runs it, or, once that
 * has died, read from storage; with `tellsOwner` an entry reports such a change. Fails with `unavailable` when the run has
 * ended and the rest of its log cannot be reached.
 */
export async function* followRun(options: FollowRun): AsyncGenerator<LogEntry, void> {
  const { runId, signal } = options
  const changes = options.notifier.subscribe(runId)
  const ownerStatus = createOwnerStatus(options.tellsOwner ?? false)
  let { offset } = options
  try {
    while (!signal.aborted) {
      const located = await orNullOnConnectionError(options.locate())
      if (!located || !(located.hasServer || located.isFinal)) {
        // A queued run has no server yet, and so no log: it is located again until it has.
        await changes.next(signal)
      } else if (located.remote) {
        try {
          for await (const entry of located.remote.follow(runId, offset, signal)) {
            if (!entry || entry.owner) {
              yield* ownerStatus(entry?.owner ?? 'back', offset)
              continue
            }
            await options.backpressure?.()
            if (signal.aborted) return
            yield entry
            offset = entry.nextOffset
          }
          return
        } catch (error) {
          // The log is located again, and followed from the same offset.
          if (!(error instanceof StreamInterrupted)) throw error
          yield* ownerStatus('gone', offset)
          await sleep(pauseMs, undefined, { signal }).catch(() => {})
        }
      } else if (located.reading) {
        const serverIsBack = new AbortController()
        for await (const entry of followStored({ ...options, offset }, located.reading, ownerStatus, serverIsBack)) {
          yield entry
          offset = entry.nextOffset
        }
        if (!serverIsBack.signal.aborted) return
      } else if (located.isFinal) throw unreachableLog(located.host)
      else {
        yield* ownerStatus('gone', offset)
        await sleep(pauseMs, undefined, { signal }).catch(() => {})
      }
    }
  } finally {
    changes.close()
  }
}

/** Reads the log from a local folder or the archive. Aborts `serverIsBack` when the server that has more can be reached. */
async function* followStored(
  { locate, locateRecent, notifier, runId, read, signal, ...rest }: FollowRun,
  first: LogReading,
  ownerStatus: ReturnType<typeof createOwnerStatus>,
  serverIsBack: AbortController,
): AsyncGenerator<LogEntry, void> {
  let reading: LogReading | null = first
  let owner: LogEntry['owner']
  async function readFrom(query: LogQuery): Promise<LogPage> {
    reading ??= (await orNullOnConnectionError(locate()))?.reading ?? null
    return reading ? await read(reading, runId, query) : { entries: [], nextOffset: query.offset, logBytes: 0 }
  }
  async function readComplete(query: LogQuery): Promise<LogPage> {
    const page = await readFrom(query)
    const end = query.endOffset ?? 0
    if (end === Number.POSITIVE_INFINITY || page.logBytes >= end) return page
    // The log has moved to the archive, or was removed: then its end is 0.
    const located = await orNullOnConnectionError(locate())
    reading = located?.reading ?? null
    const again = await readFrom(query)
    if (located?.endOffset && again.logBytes < end && query.offset >= again.logBytes)
      throw incompleteLog(again.logBytes, end)
    return again
  }
  yield* followLog({
    ...rest,
    signal: AbortSignal.any([signal, serverIsBack.signal]),
    subscribe: () => notifier.subscribe(runId),
    // The text does not pass through the database: followers continue while it is unreachable.
    async finalBytes(isSilent) {
      const located = await orNullOnConnectionError(isSilent ? locateRecent() : locate())
      if (!located) return null
      if (located.remote && !located.isFinal) serverIsBack.abort()
      // Once a run has ended, its server no longer matters.
      if (!located.isFinal) owner = located.isServerLost ? 'gone' : 'back'
      return located.isFinal ? (located.endOffset ?? Number.POSITIVE_INFINITY) : null
    },
    async read(query) {
      const changes = owner ? ownerStatus(owner, query.offset) : []
      const page = await readComplete(query)
      return changes.length > 0 ? { ...page, entries: [...changes, ...page.entries] } : page
    },
  })
}
