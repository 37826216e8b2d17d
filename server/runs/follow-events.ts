import type { RawSql } from '@/db/client'
import { orNullOnConnectionError } from '@/db/errors'
import { finalRunStatuses } from '@/server/domain/run-status'
import { createBell } from '@/server/live/bell'
import type { Feed } from '@/server/live/feed'
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
  const bell = createBell(options.feed, signal)
  let afterSeq = options.afterSeq
  try {
    while (!signal.aborted) {
      // A database that is away rings when it is back.
      const items = (await orNullOnConnectionError(listEvents(sql, { runId, afterSeq, limit: 500 })))?.items ?? []
      for (const event of items) {
        if (signal.aborted) return
        yield event
        afterSeq = event.seq
        if (isFinalEvent(event)) return
      }
      if (items.length === 0) {
        // A viewer may ask from behind the end, or for what retention has removed.
        if (await orNullOnConnectionError(isOver(sql, runId, afterSeq))) return
        await bell.rung()
      }
    }
  } finally {
    bell.close()
  }
}

function isFinalEvent({ eventType, payload }: RunEvent): boolean {
  return eventType === 'lifecycle' && finalRunStatuses.some((status) => status === payload?.status)
}

async function isOver(sql: RawSql, runId: string, afterSeq: number): Promise<boolean> {
  const [run] = await sql<[{ over: boolean }?]>`
    select finished_at is not null and not exists (
      select from heartbeat_run_events e where e.run_id = r.id and e.seq > ${afterSeq}
    ) as over from heartbeat_runs r where id = ${runId}`
  return run?.over ?? true
}
