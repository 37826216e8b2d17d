import { declareDeadRunners } from './dead-runners'
import { killOrphansOfEndedRuns } from './orphans-of-ended-runs'
import { type ReaperOptions, reapRuns } from './reaper'

/**
 * Kills the orphans of dead runners of this machine and ends their runs, without waiting for their leases: at start, and
 * when this server's runner has died. Returns the ids of the ended runs.
 */
export async function recoverLeftovers(options: ReaperOptions): Promise<string[]> {
  await declareDeadRunners(options.sql, options.machine)
  await killOrphansOfEndedRuns(options)
  const ended: string[] = []
  await reapRuns({ ...options, onReaped: (runs) => ended.push(...runs.map((run) => run.runId)) })
  if (ended.length > 0) options.onReaped([])
  return ended
}
