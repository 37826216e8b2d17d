import type { Fragment } from 'postgres'
import type { Executor } from '@/db/client'
import type { RetainedKind } from '@/server/domain/retention'

/** What one step of retention looks at: a run, or a wakeup. `bytes` is what giving it up would free. */
export type Item = { id: string; at: Date; endedAt: Date | null; bytes: number; isGone: boolean }
export type Place = { at: Date; id: string }

type Kind = {
  /** The items of a company after a place, oldest first. */
  page(sql: Executor, companyId: string, after: Place, limit: number): Promise<Item[]>
  remove(sql: Executor, ids: string[]): Promise<unknown>
}

/** Nothing is removed of what has not ended. */
export const kinds = {
  logs: {
    page: (sql, companyId, after, limit) =>
      runs(sql, sql`coalesce(log_bytes, 0)::float8`, sql`log_removed_at is not null or log_bytes = 0`, {
        companyId,
        after,
        limit,
      }),
    // The files are removed by the server that keeps them; from now on the log reads as empty.
    remove: (sql, ids) => sql`
      with gone as (
        update heartbeat_runs set log_removed_at = now()
        where id = any(${ids}) and finished_at is not null returning id, server_id
      )
      insert into log_removals (run_id, store_id)
      select gone.id, s.store_id from gone join servers s on s.id = gone.server_id on conflict do nothing`,
  },
  events: {
    page: (sql, companyId, after, limit) => {
      const bytes = sql`(select coalesce(sum(pg_column_size(e.*)), 0)::float8 from heartbeat_run_events e
        where e.run_id = heartbeat_runs.id)`
      const isGone = sql`not exists (select from heartbeat_run_events e where e.run_id = heartbeat_runs.id)`
      return runs(sql, bytes, isGone, { companyId, after, limit })
    },
    remove: (sql, ids) => sql`delete from heartbeat_run_events where run_id = any(${ids})`,
  },
  fields: {
    page: (sql, companyId, after, limit) => {
      const bytes = sql`(pg_column_size(context_snapshot) + coalesce(pg_column_size(result_json), 0)
        + coalesce(pg_column_size(stdout_excerpt), 0))::float8`
      return runs(sql, bytes, sql`fields_removed_at is not null`, { companyId, after, limit })
    },
    remove: (sql, ids) => sql`
      update heartbeat_runs set fields_removed_at = now(), context_snapshot = '{}', is_context_whole = true,
        result_json = null, stdout_excerpt = null
      where id = any(${ids}) and finished_at is not null`,
  },
  wakeups: {
    page: (sql, companyId, after, limit) => sql<Item[]>`
      select id, requested_at as at, case when not ${isAwaited(sql)} then finished_at end as ended_at,
        pg_column_size(w.*)::float8 as bytes, false as is_gone
      from agent_wakeup_requests w
      where company_id = ${companyId} and (requested_at, id) > (${after.at}, ${after.id})
      order by requested_at, id limit ${limit}`,
    remove: (sql, ids) => sql`
      delete from agent_wakeup_requests w where id = any(${ids}) and finished_at is not null and not ${isAwaited(sql)}`,
  },
  runs: {
    page: (sql, companyId, after, limit) => sql<Item[]>`
      select id, created_at as at, ${countedEnd(sql)} as ended_at, pg_column_size(r.*)::float8 as bytes, false as is_gone
      from heartbeat_runs r
      where company_id = ${companyId} and (created_at, id) > (${after.at}, ${after.id})
      order by created_at, id limit ${limit}`,
    remove: removeRuns,
  },
} as const satisfies Record<RetainedKind, Kind>

/** What has just ended is still to be counted, told of and read by who waits for it. */
function countedEnd(sql: Executor) {
  return sql`case when finished_at < now() - interval '1 hour' then finished_at end`
}

/** With their events and charges. Their files are removed by the servers that keep them. */
export function removeRuns(sql: Executor, ids: string[]) {
  return sql`
    with gone as (
      delete from heartbeat_runs where id = any(${ids}) and finished_at is not null returning id, server_id
    )
    insert into log_removals (run_id, store_id)
    select gone.id, s.store_id from gone join servers s on s.id = gone.server_id on conflict do nothing`
}

/** Whether a run that has not ended takes its context from the wakeup `w`. */
function isAwaited(sql: Executor): Fragment {
  return sql`exists (select from heartbeat_runs r where r.id = w.context_run_id and r.finished_at is null)`
}

function runs(
  sql: Executor,
  bytes: Fragment,
  isGone: Fragment,
  { companyId, after, limit }: { companyId: string; after: Place; limit: number },
): Promise<Item[]> {
  return sql<Item[]>`
    select id, created_at as at, finished_at as ended_at, ${bytes} as bytes, (${isGone}) as is_gone
    from heartbeat_runs
    where company_id = ${companyId} and (created_at, id) > (${after.at}, ${after.id})
    order by created_at, id limit ${limit}`
}
