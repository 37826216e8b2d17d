import type { Executor } from '@/db/client'
import { timerEnded } from '@/server/heartbeat/ended'

/** A timestamp as the API writes it, for use inside jsonb. */
export function isoTime(sql: Executor, column: string) {
  return sql`to_char(${sql(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/**
 * Rows of `live_events` from rows of `agent_wakeup_requests`, `heartbeat_runs` or `agents` named by a CTE: every change
 * is told in the statement that makes it.
 */
export function wakeupNews(sql: Executor, cte: string) {
  return sql`
    select company_id, 'wakeup.status', jsonb_build_object('wakeupId', id, 'agentId', agent_id, 'runId', run_id,
      'status', status, 'source', source, 'skipReason', skip_reason)
    from ${sql(cte)}`
}

export function runNews(sql: Executor, cte: string, type: 'heartbeat.run.queued' | 'heartbeat.run.status') {
  return sql`
    select company_id, ${type}::text, jsonb_build_object('runId', id, 'agentId', agent_id, 'status', status,
      'invocationSource', invocation_source, 'triggerDetail', trigger_detail, 'createdAt', ${isoTime(sql, 'created_at')},
      'startedAt', ${isoTime(sql, 'started_at')}, 'finishedAt', ${isoTime(sql, 'finished_at')},
      'cancelRequestedAt', ${isoTime(sql, 'cancel_requested_at')}, 'error', error, 'errorCode', error_code,
      'exitCode', exit_code, 'retryOfRunId', retry_of_run_id)
    from ${sql(cte)}`
}

export function agentNews(sql: Executor, cte: string) {
  return sql`
    select company_id, 'agent.status', jsonb_build_object('agentId', id, 'status', status,
      'lastHeartbeatAt', ${isoTime(sql, 'last_heartbeat_at')}, 'nextHeartbeatAt', ${isoTime(sql, 'next_heartbeat_at')},
      'timerEnded', ${timerEnded(sql, cte)})
    from ${sql(cte)}`
}

/** From the CTE `e` of rows of `heartbeat_run_events`, and the CTE `r` of their runs with `id` and `agent_id`. */
export function runEventNews(sql: Executor) {
  return sql`
    select e.company_id, 'heartbeat.run.event', jsonb_build_object('runId', e.run_id, 'agentId', r.agent_id,
      'seq', e.seq, 'eventType', e.event_type, 'level', e.level, 'message', e.message)
    from e join r on r.id = e.run_id`
}
