import type { RawSql } from '@/db/client'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import { type Cursor, isAfter } from './cursor'
import { prune, readAfter, readEnd, type StoredEvent } from './read'

export type Feed = {
  start(): Promise<void>
  stop(): Promise<void>
  trigger(): void
  /** The newest event known here. */
  end(): Cursor
  /** What is kept in memory after `cursor` for this company; null where memory does not reach back that far. */
  after(cursor: Cursor, companyId: string): StoredEvent[] | null
  /** Called, with no data, when there is more. Answers the way out. */
  subscribe(listener: () => void): () => void
}

const keptInMemory = 5000
const pageSize = 1000
const unwatchedPageSize = 200
const gatherMs = 15
const gatherUnwatchedMs = 200
const pruneEveryMs = 60_000

/** Reads `live_events` once for all viewers of this server, and keeps the newest in memory. */
export function createFeed(sql: RawSql, log: Log): Feed {
  const listeners = new Set<() => void>()
  let kept: StoredEvent[] = []
  let begin: Cursor = { tx: 0, id: 0 }
  let end: Cursor = begin
  let isBlind = false
  let lastReadAt = 0
  let gathering: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined

  const reading = createLoop({ name: 'live', everyMs: 1000, jitter: 0.1, run: readOn, log })
  const pruning = createLoop({
    name: 'live-prune',
    everyMs: pruneEveryMs,
    jitter: 0.2,
    run: (signal) => prune(sql, signal),
    log,
  })

  async function readOn() {
    if (isBlind) {
      // The table may have been emptied by the database's crash: viewers are sent to it, and find out.
      begin = end = await readEnd(sql)
      kept = []
      isBlind = false
      for (const listener of listeners) listener()
    }
    try {
      await readPages()
    } catch (error) {
      isBlind = true
      throw error
    }
  }

  async function readPages() {
    lastReadAt = performance.now()
    for (let more = true; more; ) {
      const isWatched = listeners.size > 0
      const { events, waiting, full } = await readAfter(sql, end, isWatched ? pageSize : unwatchedPageSize)
      if (full && !isWatched) return await passOver()
      keep(events)
      // A transaction is still open in front of events that are there: it takes a moment, not a second.
      if (waiting) lookAgainSoon()
      more = full
    }
  }

  /** Much happens and nobody watches: it is left behind, not read. Whoever comes back has the table. */
  async function passOver() {
    const next = await readEnd(sql)
    if (listeners.size > 0) return reading.trigger()
    kept = []
    begin = end = next
  }

  /** The first event after a pause is read at once; in a stream of them, what comes within a moment is read together,
   * and where nobody watches within a longer one. */
  function trigger() {
    if (gathering) return
    const waitMs = lastReadAt + (listeners.size > 0 ? gatherMs : gatherUnwatchedMs) - performance.now()
    if (waitMs <= 0) return reading.trigger()
    gathering = setTimeout(() => {
      gathering = undefined
      reading.trigger()
    }, waitMs)
  }

  function lookAgainSoon() {
    retry ??= setTimeout(() => {
      retry = undefined
      reading.trigger()
    }, 5)
  }

  function keep(events: StoredEvent[]) {
    const last = events.at(-1)
    if (!last) return
    kept = kept.concat(events)
    end = last
    const dropped = kept.length > 2 * keptInMemory ? kept[kept.length - keptInMemory - 1] : undefined
    if (dropped) {
      begin = dropped
      kept = kept.slice(-keptInMemory)
    }
    for (const listener of listeners) listener()
  }

  return {
    async start() {
      begin = end = await readEnd(sql)
      reading.start()
      pruning.start()
    },
    async stop() {
      clearTimeout(retry)
      clearTimeout(gathering)
      await Promise.all([reading.stop(), pruning.stop()])
    },
    trigger,
    end: () => end,
    after(cursor, companyId) {
      if (isAfter(begin, cursor)) return null
      const first = firstAfter(kept, cursor)
      return kept.slice(first).filter((stored) => stored.event.companyId === companyId)
    },
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) {
        clearTimeout(gathering)
        gathering = undefined
        reading.trigger()
      }
      return () => void listeners.delete(listener)
    },
  }
}

function firstAfter(events: StoredEvent[], cursor: Cursor): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    const event = events[middle]
    if (event && isAfter(event, cursor)) high = middle
    else low = middle + 1
  }
  return low
}
