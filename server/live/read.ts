import type { RawSql } from '@/db/client'
import type { LiveEvent, LiveEventType } from '@/server/domain/live-event'
import { type Cursor, formatCursor } from './cursor'

export type StoredEvent = Cursor & { event: LiveEvent }

type Row = Cursor & {
  companyId: string
  type: LiveEventType
  payload: Record<string, unknown>
  createdAt: Date
  settled: boolean
}

/**
 * The events after `cursor`, in order, for all companies or one. Stops below the oldest transaction still open: what it
 * will commit stands in front of what is already there. `waiting`: such events were seen and left for later.
 */
export async function readAfter(
  sql: RawSql,
  cursor: Cursor,
  limit: number,
  companyId?: string,
): Promise<{ events: StoredEvent[]; waiting: boolean; full: boolean }> {
  const rows = await sql<Row[]>`
    select tx, id, company_id, type, payload, created_at,
      tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint as settled
    from live_events
    where (tx, id) > (${cursor.tx}, ${cursor.id}) ${companyId ? sql`and company_id = ${companyId}` : sql``}
    order by tx, id limit ${limit}`
  const unsettled = rows.findIndex((row) => !row.settled)
  const settled = unsettled < 0 ? rows : rows.slice(0, unsettled)
  return { events: settled.map(storedEvent), waiting: unsettled >= 0, full: rows.length === limit && unsettled < 0 }
}

/** Where a viewer who begins now begins. */
export async function readEnd(sql: RawSql): Promise<Cursor> {
  const [row] = await sql<[{ tx: number }]>`select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as tx`
  return { tx: row.tx, id: 0 }
}

/** Whether nothing after `cursor` has been pruned yet. */
export async function canReplay(sql: RawSql, cursor: Cursor): Promise<boolean> {
  const [row] = await sql<[{ kept: boolean }]>`
    select exists (select from live_events where (tx, id) <= (${cursor.tx}, ${cursor.id})) as kept`
  return row.kept
}

/** Removes events older than ten minutes, but never the newest: it shows that nothing after it was removed. */
export async function prune(sql: RawSql): Promise<void> {
  await sql`
    delete from live_events where created_at < now() - interval '10 minutes'
      and (tx, id) < (select tx, id from live_events order by tx desc, id desc limit 1)`
}

function storedEvent({ tx, id, companyId, type, payload, createdAt }: Row): StoredEvent {
  const event = { id: formatCursor({ tx, id }), companyId, type, createdAt: createdAt.toISOString(), payload }
  return { tx, id, event }
}
