import { and, desc, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns, servers } from '@/db/schema'
import { killOrphans } from '@/server/processes/orphans'
import type { ReaperOptions } from './reaper'
import { createSingleFlight } from './single-flight'

type EndedRun = Pick<typeof heartbeatRuns.$inferSelect, 'id' | 'processPid' | 'processStartedTicks'>

/** The next call finds further ones. */
const batchRuns = 500

/** The condition of the index `runs_processes_unknown`, with constants: a plan with parameters would not use it. */
const isUnchecked = and(
  inArray(heartbeatRuns.errorCode, ['runner_lost', 'cancelled', 'budget_exceeded']),
  isNull(heartbeatRuns.survivorsKilled),
)?.inlineParams()

const flights = createSingleFlight<number>()

/**
 * A server on another machine ends the runs of a lost worker without seeing their processes. This kills the orphans of
 * such runs on this machine, and records their number.
 */
export async function killOrphansOfEndedRuns(options: ReaperOptions): Promise<void> {
  const { id, processPid, processStartedTicks } = heartbeatRuns
  const runs: EndedRun[] = await drizzleOn(options.sql)
    .select({ id, processPid, processStartedTicks })
    .from(servers)
    .innerJoin(heartbeatRuns, eq(heartbeatRuns.workerId, servers.id))
    .where(and(eq(servers.machine, options.machine), servers.lost, isUnchecked, isNotNull(heartbeatRuns.finishedAt)))
    .orderBy(desc(heartbeatRuns.finishedAt))
    .limit(batchRuns)
  await Promise.all(runs.map((run) => flights.run(run.id, () => killOrphansOf(options, run))))
}

/** Null if it fails. */
async function killOrphansOf({ sql, log, kill = killOrphans }: ReaperOptions, run: EndedRun): Promise<number | null> {
  try {
    const killed = await kill({ pid: run.processPid, startedTicks: run.processStartedTicks, runId: run.id })
    await drizzleOn(sql)
      .update(heartbeatRuns)
      .set({ survivorsKilled: killed })
      .where(and(eq(heartbeatRuns.id, run.id), isNull(heartbeatRuns.survivorsKilled)))
    return killed
  } catch (err) {
    log.error({ err, runId: run.id }, 'could not kill the processes of a run that another server has ended')
    return null
  }
}
