import type { RawSql } from '@/db/client'
import { isAlive, startedTicksOf } from '@/server/processes/process-table'

type Runner = { id: string; runnerPid: number; runnerStartedTicks: string | null }

/**
 * Marks the servers of this machine as lost whose runner is dead, whatever their rows say: nobody has to wait for them.
 * A runner is known by pid and start time, for pids are used again.
 */
export async function declareDeadRunners(sql: RawSql, machine: string): Promise<void> {
  const runners = await sql<Runner[]>`
    select id, runner_pid, runner_started_ticks from servers
    where ended_at is null and machine = ${machine} and runner_pid is not null`
  for (const runner of runners) if (isGone(runner)) await declareDead(sql, runner.id)
}

/** Marks one server as lost at once: its runner was seen to die. */
export async function declareDead(sql: RawSql, serverId: string): Promise<void> {
  await sql`update servers set ended_at = now(), lost = true where id = ${serverId} and ended_at is null`
}

function isGone({ runnerPid, runnerStartedTicks }: Runner): boolean {
  if (!isAlive(runnerPid)) return true
  return runnerStartedTicks !== null && startedTicksOf(runnerPid) !== runnerStartedTicks
}
