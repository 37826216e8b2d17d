import type { Executor } from '@/db/client'
import { jsonObject } from '@/db/json-object'
import type { WakeupEnvelope } from '@/server/domain/run-context'
import { isoTime } from '@/server/live/statements'

type Fragment = ReturnType<Executor>

/** What one queued run carries at most: what comes after that is refused. A run that is merged in after a loss may pass it. */
export const queueBounds = { wakeups: 1000, bytes: 8 * 1024 * 1024 } as const

/** What lost runs may bring a queued one to: well below `largestContextBytes`, for else all of it could not be read. */
export const mostMergedBytes = 56 * 1024 * 1024

/** More than this, as jsonb, is not read: as JSON text it may be six times as much, which no string holds. */
export const largestContextBytes = 64 * 1024 * 1024

/** One entry of `contextSnapshot.wakeups`, from a row `w` of `agent_wakeup_requests`. */
export function wakeupEntry(sql: Executor): Fragment {
  return jsonObject<keyof WakeupEnvelope>(sql, {
    id: 'w.id',
    source: 'w.source',
    triggerDetail: 'w.trigger_detail',
    reason: 'w.reason',
    payload: 'w.payload',
    requestedAt: isoTime('w.requested_at'),
  })
}

/**
 * The whole context of the row `run` of `heartbeat_runs`: the stored one, or it and the wakeups that have merged in since.
 * The list is in the order of its wakeups, and the newest of those that named a value gives it.
 */
export function wholeContext(sql: Executor, run: Fragment): Fragment {
  return sql`case when ${run}.is_context_whole then ${run}.context_snapshot else (
    with listed as (
      select entry, n, entry ->> 'requestedAt' as at, (entry ->> 'id')::uuid as id
      from jsonb_array_elements(coalesce(${run}.context_snapshot -> 'wakeups', '[]')) with ordinality v(entry, n)
      union all
      select ${wakeupEntry(sql)}, ${queueBounds.wakeups}::bigint * 1000 + row_number() over (order by w.requested_at, w.id),
        ${sql.unsafe(isoTime('w.requested_at'))}, w.id
      from agent_wakeup_requests w where w.context_run_id = ${run}.id
    ), newest as (
      select coalesce(jsonb_object_agg(key, value order by at, n), '{}') as context
      from listed join agent_wakeup_requests w using (id), jsonb_each(w.context_snapshot)
    )
    select (${run}.context_snapshot - 'wakeups') || newest.context || ${depthOf(sql, sql`${run}.wake_depth`)}
      || jsonb_build_object('wakeups', (select coalesce(jsonb_agg(entry order by at, n), '[]') from listed))
    from newest) end`
}

/** The depth that a context tells; none where people and timers woke. */
export function depthOf(sql: Executor, depth: Fragment): Fragment {
  return sql`case when ${depth} > 0 then jsonb_build_object('wakeDepth', ${depth}) else '{}' end`
}

/** The same for a reader: null where it is too large to be read. */
export function readableContext(sql: Executor, run: Fragment): Fragment {
  return sql`(select case when pg_column_size(whole.context || '{}') <= ${largestContextBytes} then whole.context end
    from (select ${wholeContext(sql, run)} as context offset 0) whole)`
}
