import type { RawSql } from '@/db/client'
import { orNullOnConnectionError } from '@/db/errors'
import { type LiveEvent, livePosition, liveReset } from '@/server/domain/live-event'
import { type Cursor, formatCursor, isAfter, parseCursor } from './cursor'
import type { Feed } from './feed'
import { createFeedListener } from './feed-listener'
import { replay, wasGivenOut } from './read'

/**
 * A company's live events after `lastEventId` (from now on, where there is none), each once and in order, until `signal`
 * aborts. After a gap that can not be replayed one `live.reset` comes first, and then what happens from now on.
 */
export async function* followLive(options: {
  sql: RawSql
  feed: Feed
  companyId: string
  lastEventId: string | null
  /** Whether one who begins is told where, before anything happens. */
  tellsPosition?: boolean
  signal: AbortSignal
  backpressure?(): Promise<void>
}): AsyncGenerator<LiveEvent, void> {
  const { sql, feed, companyId, signal } = options
  const listener = createFeedListener(feed, signal)
  try {
    const given = options.lastEventId === null ? null : parseCursor(options.lastEventId)
    let cursor: Cursor = given ?? feed.end()
    let isLost = options.lastEventId !== null && given === null
    if (given && isAfter(given, feed.end())) isLost = (await orNullOnConnectionError(wasGivenOut(sql, given))) === false
    if (options.tellsPosition && options.lastEventId === null) yield bareEvent(livePosition, companyId, cursor)
    while (!signal.aborted) {
      const target = feed.end()
      const events = isLost
        ? 'pruned'
        : (feed.after(cursor, companyId) ?? (await orNullOnConnectionError(replay(sql, cursor, companyId))))
      if (events === 'pruned') {
        cursor = target
        isLost = false
        yield bareEvent(liveReset, companyId, cursor)
        continue
      }
      if (events === null) {
        // The feed notifies when the database can be reached again.
        await listener.wait()
        continue
      }
      for (const { event, tx, id } of events) {
        await options.backpressure?.()
        if (signal.aborted) return
        cursor = { tx, id }
        yield event
      }
      if (events.length > 0) continue
      // Events of other companies move nobody's screen, but what was looked at need not be read again.
      if (isAfter(target, cursor)) cursor = target
      await listener.wait()
    }
  } finally {
    listener.close()
  }
}

function bareEvent(type: typeof liveReset | typeof livePosition, companyId: string, at: Cursor): LiveEvent {
  return { id: formatCursor(at), companyId, type, createdAt: new Date().toISOString(), payload: {} }
}
