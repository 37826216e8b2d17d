import { declareDeadRunners } from './dead-runners'
import { killEndedElsewhere } from './ended-elsewhere'
import { type ReaperOptions, reapRuns } from './reaper'

/**
 * Ends what dead runners of this machine have left, without waiting for their leases: at start, and when the runner of
 * this server has died. Answers the runs ended.
 */
export async function recoverLeftovers(options: ReaperOptions): Promise<string[]> {
  await declareDeadRunners(options.sql, options.machine)
  await killEndedElsewhere(options)
  const ended: string[] = []
  await reapRuns({ ...options, onReaped: (runs) => ended.push(...runs.map((run) => run.runId)) })
  if (ended.length > 0) options.onReaped([])
  return ended
}
