import { killLeftover } from '@/server/processes/orphans'
import type { ReaperOptions } from './reaper'
import { createUnderWay } from './under-way'

type EndedRun = { id: string; processPid: number | null; processStartedTicks: string | null }

/** What is left over by one call is found by the next. */
const mostAtOnce = 500

const underWay = createUnderWay<number>()

/**
 * A server on another machine ends the runs of a lost one without seeing their processes. Kills here what is left of those
 * that ran on this machine, and records how many there were.
 */
export async function killEndedElsewhere(options: ReaperOptions): Promise<void> {
  const runs = await options.sql<EndedRun[]>`
    select r.id, r.process_pid, r.process_started_ticks
    from servers s join heartbeat_runs r on r.server_id = s.id
    where s.machine = ${options.machine} and s.lost and r.survivors_killed is null
      and r.error_code in ('runner_lost', 'cancelled', 'budget_exceeded') and r.finished_at is not null
    order by r.finished_at desc limit ${mostAtOnce}`
  await Promise.all(runs.map((run) => underWay.ask(run.id, () => killWhatIsLeft(options, run))))
}

/** Null where it fails. */
async function killWhatIsLeft({ sql, log, kill = killLeftover }: ReaperOptions, run: EndedRun): Promise<number | null> {
  try {
    const killed = await kill({ pid: run.processPid, startedTicks: run.processStartedTicks, runId: run.id })
    await sql`update heartbeat_runs set survivors_killed = ${killed} where id = ${run.id} and survivors_killed is null`
    return killed
  } catch (err) {
    log.error({ err, runId: run.id }, 'what is left of a run that was ended elsewhere could not be dealt with')
    return null
  }
}
