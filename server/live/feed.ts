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
  /** This company's events after `cursor`; null where the memory does not reach back that far. */
  after(cursor: Cursor, companyId: string): StoredEvent[] | null
  /** `listener` is called, with no data, when there are more events. Returns the function that unsubscribes it. */
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
  const memory = createWindow()
  const followers = createFollowers()
  const reader = createReader({ sql, memory, followers, again: () => reading.trigger(), soon: () => gathering.soon() })
  const reading = createLoop({ name: 'live', everyMs: 1000, jitter: 0.1, run: reader.read, log })
  const gathering = createGathering({
    waitMs: () => reader.readAt() + (followers.any() ? gatherMs : gatherUnwatchedMs) - performance.now(),
    read: () => reading.trigger(),
  })
  const pruning = createLoop({
    name: 'live-prune',
    everyMs: pruneEveryMs,
    jitter: 0.2,
    run: (signal) => prune(sql, signal),
    log,
  })
  return {
    async start() {
      memory.restart(await readEnd(sql))
      reading.start()
      pruning.start()
    },
    async stop() {
      gathering.stop()
      await Promise.all([reading.stop(), pruning.stop()])
    },
    trigger: gathering.trigger,
    end: memory.end,
    after: memory.after,
    subscribe(listener) {
      const { isFirst, leave } = followers.add(listener)
      if (isFirst) gathering.now()
      return leave
    },
  }
}

/** The newest events, without a gap, from `begin` (exclusive) to `end`. */
function createWindow() {
  let kept: StoredEvent[] = []
  let begin: Cursor = { tx: 0, id: 0 }
  let end: Cursor = begin
  return {
    end: () => end,
    /** Forgets all events; the next ones come after `cursor`. */
    restart(cursor: Cursor) {
      begin = end = cursor
      kept = []
    },
    add(events: StoredEvent[]) {
      end = events.at(-1) ?? end
      kept = kept.concat(events)
      const dropped = kept.length > 2 * keptInMemory ? kept[kept.length - keptInMemory - 1] : undefined
      if (!dropped) return
      begin = dropped
      kept = kept.slice(-keptInMemory)
    },
    after(cursor: Cursor, companyId: string): StoredEvent[] | null {
      if (isAfter(begin, cursor)) return null
      const first = firstAfter(kept, cursor)
      return kept.slice(first).filter((stored) => stored.event.companyId === companyId)
    },
  }
}

/** Whom to notify when there are more events. */
function createFollowers() {
  const listeners = new Set<() => void>()
  return {
    any: () => listeners.size > 0,
    notify() {
      for (const listener of listeners) listener()
    },
    add(listener: () => void) {
      listeners.add(listener)
      return { isFirst: listeners.size === 1, leave: () => void listeners.delete(listener) }
    },
  }
}

/** Reads what is new in the table into the window. */
function createReader(parts: {
  sql: RawSql
  memory: ReturnType<typeof createWindow>
  followers: ReturnType<typeof createFollowers>
  /** Reads again right after this reading. */
  again(): void
  soon(): void
}) {
  const { sql, memory, followers } = parts
  let isBlind = false
  let readAt = 0

  async function read() {
    if (isBlind) {
      // A crash of the database may have emptied the table: followers are sent to the table, and find out.
      memory.restart(await readEnd(sql))
      isBlind = false
      followers.notify()
    }
    try {
      await readPages()
    } catch (error) {
      isBlind = true
      throw error
    }
  }

  async function readPages() {
    readAt = performance.now()
    for (let more = true; more; ) {
      const isWatched = followers.any()
      const { events, waiting, full } = await readAfter(sql, memory.end(), isWatched ? pageSize : unwatchedPageSize)
      if (full && !isWatched) return await passOver()
      if (events.length > 0) {
        memory.add(events)
        followers.notify()
      }
      // A transaction is still open in front of events that are there: it takes a moment, not a second.
      if (waiting) parts.soon()
      more = full
    }
  }

  /** Many events, and no follower: they are skipped, not read. A follower who comes back reads the table. */
  async function passOver() {
    const next = await readEnd(sql)
    if (followers.any()) return parts.again()
    memory.restart(next)
  }

  return { read, readAt: () => readAt }
}

/** Decides when a notification of new events leads to a reading. */
function createGathering({ waitMs, read }: { waitMs(): number; read(): void }) {
  let gathering: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined

  function stopGathering() {
    clearTimeout(gathering)
    gathering = undefined
  }

  return {
    /**
     * The first event after a pause is read at once. In a stream of events, those of one moment are read together; the
     * moment is longer where nobody follows.
     */
    trigger() {
      if (gathering) return
      const restMs = waitMs()
      if (restMs <= 0) return read()
      gathering = setTimeout(() => {
        gathering = undefined
        read()
      }, restMs)
    },
    now() {
      stopGathering()
      read()
    },
    soon() {
      retry ??= setTimeout(() => {
        retry = undefined
        read()
      }, 5)
    },
    stop() {
      clearTimeout(retry)
      stopGathering()
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
