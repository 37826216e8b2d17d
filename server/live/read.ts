import type { RawSql } from '@/db/client'
import { type LiveEvent, liveReset } from '@/server/domain/live-event'
import { readLiveEvent } from '@/server/domain/live-event-schema'
import { type Cursor, formatCursor } from './cursor'

export type StoredEvent = Cursor & { event: LiveEvent }

type Row = Cursor & {
  companyId: string
  type: string
  payload: unknown
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
  const horizon = await settledBelow(sql)
  const rows = await sql<Row[]>`
    select tx, id, company_id, type, payload, created_at, tx < ${horizon} as settled
    from live_events
    where (tx, id) > (${cursor.tx}, ${cursor.id}) ${companyId ? sql`and company_id = ${companyId}` : sql``}
    order by tx, id limit ${limit}`
  const unsettled = rows.findIndex((row) => !row.settled)
  const settled = unsettled < 0 ? rows : rows.slice(0, unsettled)
  return { events: settled.map(storedEvent), waiting: unsettled >= 0, full: rows.length === limit && unsettled < 0 }
}

/** Where a viewer who begins now begins. */
export async function readEnd(sql: RawSql): Promise<Cursor> {
  return { tx: await settledBelow(sql), id: 0 }
}

/**
 * The oldest transaction of this database that is still open, or the next one to come: read before the events are, so
 * that whatever ended meanwhile is seen. A snapshot's own horizon would do, but counts every database of the cluster:
 * somebody's forgotten transaction elsewhere would hold back every screen. Activity names transactions by their lower
 * 32 bits; those begun after the snapshot do not matter.
 */
async function settledBelow(sql: RawSql): Promise<number> {
  const [row] = await sql<[{ horizon: number }]>`
    select coalesce(min(next.tx - open.age), min(next.tx)) as horizon
    from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as tx) next
    left join lateral (
      select (next.tx - a.backend_xid::text::bigint) & 4294967295 as age from pg_stat_activity a
      where a.datname = current_database() and a.backend_xid is not null
    ) open on open.age < 2147483648`
  return row.horizon
}

/**
 * What a company's viewer missed after `cursor`, from the table; `pruned` when some of it is gone. Looked up after
 * the reading, so that no pruning comes in between.
 */
export async function replay(sql: RawSql, cursor: Cursor, companyId: string): Promise<StoredEvent[] | 'pruned'> {
  const { events } = await readAfter(sql, cursor, 500, companyId)
  const [row] = await sql<[{ kept: boolean }]>`
    select exists (select from live_events where (tx, id) <= (${cursor.tx}, ${cursor.id})) as kept`
  return row.kept ? events : 'pruned'
}

/** Whether this database can have given out `cursor`: one of another may lie ahead of all that will happen here. */
export async function wasGivenOut(sql: RawSql, cursor: Cursor): Promise<boolean> {
  const [row] = await sql<[{ past: boolean }]>`
    select ${cursor.tx}::bigint < pg_snapshot_xmax(pg_current_snapshot())::text::bigint as past`
  return row.past
}

const pruneBatch = 5000

/**
 * Removes events older than ten minutes, from the beginning on up to the first that is younger, but never the newest:
 * while anything at or before a place is there, nothing after it was removed. In batches, each a statement of its own:
 * however much has gathered, it gets less.
 */
export async function prune(sql: RawSql, signal?: AbortSignal, batch = pruneBatch): Promise<void> {
  let from: Cursor = { tx: 0, id: 0 }
  while (!signal?.aborted) {
    const [step]: { next: Cursor | null; removed: number }[] = await sql`
      with oldest as materialized (
        select tx, id, created_at from live_events where (tx, id) >= (${from.tx}, ${from.id}) order by tx, id limit ${batch}
      ), kept as (
        (select tx, id, 0 as rank from oldest where created_at >= now() - interval '10 minutes' order by tx, id limit 1)
        union all
        (select tx, id, 1 from oldest order by tx desc, id desc limit 1)
        order by rank limit 1
      ), removed as (
        delete from live_events e using oldest o
        where e.tx = o.tx and e.id = o.id and (o.tx, o.id) < (select tx, id from kept) returning 1
      )
      select (select jsonb_build_object('tx', tx, 'id', id) from kept) as next, (select count(*)::int from removed) as removed`
    if (!step?.next || step.removed < batch - 1) return
    from = step.next
  }
}

/** What a server of another release has written, and this one can not read, is a reason to refetch. */
function storedEvent({ tx, id, companyId, type, payload, createdAt }: Row): StoredEvent {
  const head = { id: formatCursor({ tx, id }), companyId }
  const at = createdAt.toISOString()
  const event = readLiveEvent({ ...head, type, createdAt: at, payload })
  return { tx, id, event: event ?? { ...head, type: liveReset, createdAt: at, payload: {} } }
}
