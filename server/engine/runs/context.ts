import { sql } from 'drizzle-orm'
import { jsonObjectText } from '@/db/json-object'
import type { RunContext, WakeupEnvelope } from '@/server/domain/run-context'
import { isoTime } from '@/server/live/statements'

// The database assembles contexts. This is SQL as text, for the query builder and for raw statements.

/** The most that wakeups may add to one queued run: further ones are refused. A lost run that merges into it may exceed this. */
export const queueBounds = { wakeups: 1000, bytes: 8 * 1024 * 1024 } as const

/** The most that a queued run may contain with merged lost runs: well below `largestContextBytes`, so that it can be read. */
export const mostMergedBytes = 56 * 1024 * 1024

/** A larger context, in jsonb, is not read: its JSON text may be six times as large, too long for a string. */
export const largestContextBytes = 64 * 1024 * 1024

/** One entry of `contextSnapshot.wakeups`, from a row `wakeup` of `agent_wakeup_requests`. */
export const wakeupEntry = jsonObjectText<keyof WakeupEnvelope>({
  id: 'wakeup.id',
  source: 'wakeup.source',
  triggerDetail: 'wakeup.trigger_detail',
  reason: 'wakeup.reason',
  payload: 'wakeup.payload',
  requestedAt: isoTime('wakeup.requested_at'),
})

/** The part of a context with its depth: empty for wakeups of people and timers. */
export function depthOf(depth: string): string {
  return `case when ${depth} > 0 then jsonb_build_object('wakeDepth', ${depth}) else '{}' end`
}

/**
 * The whole context of the row `run` of `heartbeat_runs`: the stored one, and the wakeups that were merged into it since.
 * Wakeups are listed in order; for each key the newest value counts.
 */
export function wholeContext(run: string): string {
  return `case when ${run}.is_context_whole then ${run}.context_snapshot else (
    with listed as (
      select entry, position, entry ->> 'requestedAt' as at, (entry ->> 'id')::uuid as id
      from jsonb_array_elements(coalesce(${run}.context_snapshot -> 'wakeups', '[]'))
        with ordinality stored(entry, position)
      union all
      select ${wakeupEntry}, ${queueBounds.wakeups * 1000} + row_number() over (order by wakeup.requested_at, wakeup.id),
        ${isoTime('wakeup.requested_at')}, wakeup.id
      from agent_wakeup_requests wakeup where wakeup.context_run_id = ${run}.id
    ), newest as (
      select coalesce(jsonb_object_agg(key, value order by at, position), '{}') as context
      from listed join agent_wakeup_requests wakeup using (id), jsonb_each(wakeup.context_snapshot)
    )
    select (${run}.context_snapshot - 'wakeups') || newest.context || ${depthOf(`${run}.wake_depth`)}
      || jsonb_build_object('wakeups', (select coalesce(jsonb_agg(entry order by at, position), '[]') from listed))
    from newest) end`
}

/** The whole context of a row of `heartbeat_runs`; null if it is too large to be read. */
export const readableContext = sql<RunContext | null>`(
  select case when pg_column_size(whole.context || '{}') <= ${largestContextBytes} then whole.context end
  from (select ${sql.raw(wholeContext('heartbeat_runs'))} as context offset 0) whole)`
