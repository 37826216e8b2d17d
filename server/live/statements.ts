import type { Executor } from '@/db/client'
import { jsonObject } from '@/db/json-object'
import type { LiveEventType, LivePayload } from '@/server/domain/live-event'
import { timerEnded } from './timer-ended'

type Fragment = ReturnType<Executor>
/** The SQL expression of each key of the payload. */
type Fields<Type extends LiveEventType> = Record<keyof LivePayload<Type>, string | Fragment>

/** A timestamp as the API writes it, for use inside jsonb. */
export function isoTime(column: string): string {
  return `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/**
 * Selects the live events of the rows of `agent_wakeup_requests`, `heartbeat_runs` or `agents` that a CTE names: the
 * statement that makes a change also publishes it.
 */
export function liveEventsOfWakeups(sql: Executor, cte: string): Fragment {
  return liveEvents(sql, 'wakeup.status', sql`${sql(cte)}`, {
    wakeupId: 'id',
    agentId: 'agent_id',
    runId: 'run_id',
    status: 'status',
    source: 'source',
    skipReason: 'skip_reason',
  })
}

export function liveEventsOfRuns(
  sql: Executor,
  cte: string,
  type: 'heartbeat.run.queued' | 'heartbeat.run.status',
): Fragment {
  return liveEvents(sql, type, sql`${sql(cte)}`, {
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

export function liveEventsOfAgents(sql: Executor, cte: string): Fragment {
  return liveEvents(sql, 'agent.status', sql`${sql(cte)}`, {
    agentId: 'id',
    status: 'status',
    lastHeartbeatAt: isoTime('last_heartbeat_at'),
    nextHeartbeatAt: isoTime('next_heartbeat_at'),
    timerEnded: sql`${timerEnded(sql, cte)}`,
  })
}

/** The same for the CTE `event` of rows of `heartbeat_run_events`, and the CTE `run` of their runs with `id` and `agent_id`. */
export function liveEventsOfRunEvents(sql: Executor): Fragment {
  return liveEvents(
    sql,
    'heartbeat.run.event',
    sql`(select event.*, run.agent_id from event join run on run.id = event.run_id) run_event`,
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

function liveEvents<Type extends LiveEventType>(
  sql: Executor,
  type: Type,
  rows: Fragment,
  fields: Fields<Type>,
): Fragment {
  return sql`select company_id, ${type}::text, ${jsonObject(sql, fields)} from ${rows}`
}
