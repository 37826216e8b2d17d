import type { Executor } from '@/db/client'

/** Whether the agent of this row has a timer that is on and will not fire again. A resume sets a paused one anew. */
export function timerEnded(sql: Executor, agents: string) {
  const heartbeat = sql`${sql(agents)}.runtime_config -> 'heartbeat'`
  return sql`(${sql(agents)}.next_heartbeat_at is null and ${sql(agents)}.status in ('idle', 'running', 'error')
    and ${heartbeat} ->> 'cron' is not null and coalesce(${heartbeat} ->> 'enabled', 'true') = 'true')`
}
