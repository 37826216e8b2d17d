import type { Executor } from '@/db/client'
import { jsonObject } from '@/db/json-object'
import type { LiveEventType, LivePayload } from '@/server/domain/live-event'
import { timerEnded } from './timer-ended'

type Fragment = ReturnType<Executor>
/** Of each key of the payload, the SQL that gives it. */
type Fields<Type extends LiveEventType> = Record<keyof LivePayload<Type>, string | Fragment>

/** A timestamp as the API writes it, for use inside jsonb. */
export function isoTime(column: string): string {
  return `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/**
 * Rows of `live_events` from rows of `agent_wakeup_requests`, `heartbeat_runs` or `agents` named by a CTE: every
 * change is told in the statement that makes it.
 */
export function wakeupNews(sql: Executor, cte: string): Fragment {
  return news(sql, 'wakeup.status', sql`${sql(cte)}`, {
    wakeupId: 'id',
    agentId: 'agent_id',
    runId: 'run_id',
    status: 'status',
    source: 'source',
    skipReason: 'skip_reason',
  })
}

export function runNews(sql: Executor, cte: string, type: 'heartbeat.run.queued' | 'heartbeat.run.status'): Fragment {
  return news(sql, type, sql`${sql(cte)}`, {
    runId: 'id',
    agentId: 'agent_id',
    status: 'status',
    invocationSource: 'invocation_source',
    triggerDetail: 'trigger_detail',
    createdAt: isoTime('created_at'),
    startedAt: isoTime('started_at'),
    finishedAt: isoTime('finished_at'),
    cancelRequestedAt: isoTime('cancel_requested_at'),
    error: 'error',
    errorCode: 'error_code',
    exitCode: 'exit_code',
    retryOfRunId: 'retry_of_run_id',
  })
}

export function agentNews(sql: Executor, cte: string): Fragment {
  return news(sql, 'agent.status', sql`${sql(cte)}`, {
    agentId: 'id',
    status: 'status',
    lastHeartbeatAt: isoTime('last_heartbeat_at'),
    nextHeartbeatAt: isoTime('next_heartbeat_at'),
    timerEnded: sql`${timerEnded(sql, cte)}`,
  })
}

/** From the CTE `event` of rows of `heartbeat_run_events`, and the CTE `run` of their runs with `id` and `agent_id`. */
export function runEventNews(sql: Executor): Fragment {
  return news(
    sql,
    'heartbeat.run.event',
    sql`(select event.*, run.agent_id from event join run on run.id = event.run_id) told`,
    {
      runId: 'run_id',
      agentId: 'agent_id',
      seq: 'seq',
      eventType: 'event_type',
      level: 'level',
      message: 'message',
    },
  )
}

function news<Type extends LiveEventType>(sql: Executor, type: Type, rows: Fragment, fields: Fields<Type>): Fragment {
  return sql`select company_id, ${type}::text, ${jsonObject(sql, fields)} from ${rows}`
}
