import { and, desc, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns, servers } from '@/db/schema'
import { killOrphans } from '@/server/processes/orphans'
import type { ReaperOptions } from './reaper'
import { createUnderWay } from './under-way'

type EndedRun = Pick<typeof heartbeatRuns.$inferSelect, 'id' | 'processPid' | 'processStartedTicks'>

/** What is left over by one call is found by the next. */
const mostAtOnce = 500

/** As the index `runs_processes_unknown` has it, with constants: it is not found by parameters. */
const isUnchecked = and(
  inArray(heartbeatRuns.errorCode, ['runner_lost', 'cancelled', 'budget_exceeded']),
  isNull(heartbeatRuns.survivorsKilled),
)?.inlineParams()

const underWay = createUnderWay<number>()

/**
 * A server on another machine ends the runs of a lost one without seeing their processes. Kills here what is left of those
 * that ran on this machine, and records how many there were.
 */
export async function killEndedElsewhere(options: ReaperOptions): Promise<void> {
  const { id, processPid, processStartedTicks } = heartbeatRuns
  const runs: EndedRun[] = await drizzleOn(options.sql)
    .select({ id, processPid, processStartedTicks })
    .from(servers)
    .innerJoin(heartbeatRuns, eq(heartbeatRuns.serverId, servers.id))
    .where(and(eq(servers.machine, options.machine), servers.lost, isUnchecked, isNotNull(heartbeatRuns.finishedAt)))
    .orderBy(desc(heartbeatRuns.finishedAt))
    .limit(mostAtOnce)
  await Promise.all(runs.map((run) => underWay.ask(run.id, () => killWhatIsLeft(options, run))))
}

/** Null where it fails. */
async function killWhatIsLeft({ sql, log, kill = killOrphans }: ReaperOptions, run: EndedRun): Promise<number | null> {
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
