import { isAlive, startedTicksOf } from '@/server/processes/process-table'
import { killEndedElsewhere } from './ended-elsewhere'
import { declareDead, type ReaperOptions, reapRuns } from './reaper'

type Life = { id: string; runnerPid: number | null; runnerStartedTicks: string | null }

/**
 * Ends the lives of this machine whose runner is dead, without waiting for their leases: at start, and when the runner
 * of this server has died. A runner is known by pid and start time, for pids are used again. Answers the runs ended.
 */
export async function recoverLeftovers(options: ReaperOptions): Promise<string[]> {
  const lives = await options.sql<Life[]>`
    select id, runner_pid, runner_started_ticks from servers
    where ended_at is null and machine = ${options.machine} and runner_pid is not null`
  for (const life of lives) if (isGone(life)) await declareDead(options.sql, life.id)
  await killEndedElsewhere(options)
  const ended: string[] = []
  await reapRuns({ ...options, onReaped: (runs) => ended.push(...runs.map((run) => run.runId)) })
  if (ended.length > 0) options.onReaped([])
  return ended
}

function isGone({ runnerPid, runnerStartedTicks }: Life): boolean {
  if (runnerPid === null) return false
  if (!isAlive(runnerPid)) return true
  return runnerStartedTicks !== null && startedTicksOf(runnerPid) !== runnerStartedTicks
}
