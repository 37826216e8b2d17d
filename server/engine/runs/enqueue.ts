import type { Tx } from '@/db/client'

/**
 * The only writer of the status `queued`. The CTE `run` inserts runs from the rows of a CTE `queued`, which has columns of
 * `heartbeat_runs`; the CTE `event` inserts the first event of each, with `message`.
 */
export function enqueue(tx: Tx, message: string) {
  return tx`run as (
      insert into heartbeat_runs (status, id, company_id, agent_id, invocation_source, trigger_detail,
        wakeup_request_id, retry_of_run_id, lost_attempts, wake_depth, context_snapshot, wakeup_count, wakeup_bytes,
        queue_position, created_at, last_event_seq)
      select 'queued', id, company_id, agent_id, invocation_source, trigger_detail,
        wakeup_request_id, retry_of_run_id, lost_attempts, wake_depth, context_snapshot, wakeup_count, wakeup_bytes,
        queue_position, created_at, 1
      from queued returning *
    ), event as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, message, payload, created_at)
      select id, 1, company_id, 'lifecycle', ${message},
        jsonb_strip_nulls(jsonb_build_object('status', status, 'retryOfRunId', retry_of_run_id)), created_at
      from run
    )`
}
