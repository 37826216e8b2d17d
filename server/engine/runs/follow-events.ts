import { and, eq, exists, gt, isNull, or } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { orNullOnConnectionError } from '@/db/errors'
import { heartbeatRunEvents, heartbeatRuns } from '@/db/schema'
import { isFinal } from '@/server/domain/run-status'
import type { Feed } from '@/server/live/feed'
import { createFeedListener } from '@/server/live/feed-listener'
import { listEvents, type RunEvent } from './queries'

/** The events of a run after `afterSeq`, each once and in order; returns after the final one, or when `signal` aborts. */
export async function* followEvents(options: {
  sql: RawSql
  feed: Feed
  runId: string
  afterSeq: number
  signal: AbortSignal
}): AsyncGenerator<RunEvent, void> {
  const { sql, runId, signal } = options
  const listener = createFeedListener(options.feed, signal)
  let afterSeq = options.afterSeq
  try {
    while (!signal.aborted) {
      // The feed notifies when the database can be reached again.
      const items = (await orNullOnConnectionError(listEvents(sql, { runId, afterSeq, limit: 500 })))?.items ?? []
      for (const event of items) {
        if (signal.aborted) return
        yield event
        afterSeq = event.seq
        if (isFinalEvent(event)) return
      }
      if (items.length === 0) {
        // `afterSeq` may be past the final event, or retention may have removed the events.
        if (await orNullOnConnectionError(isOver(sql, runId, afterSeq))) return
        await listener.wait()
      }
    }
  } finally {
    listener.close()
  }
}

function isFinalEvent({ eventType, payload }: RunEvent): boolean {
  return eventType === 'lifecycle' && payload?.status !== undefined && isFinal(payload.status)
}

async function isOver(sql: RawSql, runId: string, afterSeq: number): Promise<boolean> {
  const db = drizzleOn(sql)
  const { runId: runOfEvent, seq } = heartbeatRunEvents
  const later = db
    .select({ seq })
    .from(heartbeatRunEvents)
    .where(and(eq(runOfEvent, runId), gt(seq, afterSeq)))
  const unfinished = await db
    .select({ id: heartbeatRuns.id })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.id, runId), or(isNull(heartbeatRuns.finishedAt), exists(later))))
  return unfinished.length === 0
}
