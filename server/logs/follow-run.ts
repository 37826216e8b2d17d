import { setTimeout as sleep } from 'node:timers/promises'
import { unlessAway } from '@/db/away'
import { followLog } from './follow'
import { type Located, outOfReach } from './locate'
import type { LogEntry, LogPage, LogQuery, LogReading } from './log-store'
import type { Notifier } from './notifier'
import { StreamCut } from './remote'
import type { SharedReads } from './shared-reads'

export type FollowRun = {
  locate(): Promise<Located>
  notifier: Notifier
  read: SharedReads
  runId: string
  offset: number
  signal: AbortSignal
  backpressure?(): Promise<void>
}

const pauseMs = 300

/**
 * Follows a run's log from where it can be read, through all moves: streamed by the server that runs it, and, when that
 * one dies, from what is stored. Fails with `unavailable` when the run has ended and the rest can not be reached.
 */
export async function* followRun(options: FollowRun): AsyncGenerator<LogEntry, void> {
  const { runId, signal } = options
  const changes = options.notifier.subscribe(runId)
  let { offset } = options
  try {
    while (!signal.aborted) {
      const located = await unlessAway(options.locate())
      if (!located || !(located.isPlaced || located.isFinal)) {
        // A queued run has no server yet, and so no place: it is asked for until its log begins.
        await changes.next(signal)
      } else if (located.remote) {
        try {
          for await (const entry of located.remote.follow(runId, offset, signal)) {
            await options.backpressure?.()
            if (signal.aborted) return
            yield entry
            offset = entry.nextOffset
          }
          return
        } catch (error) {
          // Whoever has the log now is looked for, and asked from where we are.
          if (!(error instanceof StreamCut)) throw error
          await sleep(pauseMs, undefined, { signal }).catch(() => {})
        }
      } else if (located.reading) return yield* followHere({ ...options, offset }, located.reading)
      else if (located.isFinal) throw outOfReach(located.host)
      else await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  } finally {
    changes.close()
  }
}

/** From a folder we see, or from the archive: both are read. */
async function* followHere(
  { locate, notifier, runId, read, ...rest }: FollowRun,
  first: LogReading,
): AsyncGenerator<LogEntry, void> {
  let reading: LogReading | null = first
  async function readFrom(query: LogQuery): Promise<LogPage> {
    reading ??= (await unlessAway(locate()))?.reading ?? null
    return reading ? await read(reading, runId, query) : { entries: [], nextOffset: query.offset, logBytes: 0 }
  }
  yield* followLog({
    ...rest,
    subscribe: () => notifier.subscribe(runId),
    // The text does not pass through the database: while that is away, who follows goes on following.
    async finalBytes() {
      const located = await unlessAway(locate())
      return located?.isFinal ? (located.endOffset ?? Number.POSITIVE_INFINITY) : null
    },
    async read(query) {
      const page = await readFrom(query)
      const end = query.endOffset ?? 0
      if (end === Number.POSITIVE_INFINITY || page.logBytes >= end) return page
      // It has moved to the archive, or was given up.
      reading = null
      return await readFrom(query)
    },
  })
}
