import { sql as expression } from 'drizzle-orm'
import type { Executor } from '@/db/client'

/** `agent` is a table, alias or CTE with the columns of `agents`. A paused agent's timer is set anew when it resumes. */
function condition(agent: string): string {
  const heartbeat = `${agent}.runtime_config -> 'heartbeat'`
  return `(${agent}.next_heartbeat_at is null and ${agent}.status in ('idle', 'running', 'error')
    and ${heartbeat} ->> 'cron' is not null and coalesce(${heartbeat} ->> 'enabled', 'true') = 'true')`
}

/** For the query builder: whether the agent's timer is on and will not fire again. */
export const isTimerEnded = (agent: string) => expression.raw(condition(agent)).mapWith(Boolean)

/** The same, for statements written by hand. */
export function timerEnded(sql: Executor, agent: string) {
  return sql.unsafe(condition(agent))
}
