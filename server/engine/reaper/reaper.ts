import { and, eq, gt, isNotNull, isNull, lt, or } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { isDataError } from '@/db/errors'
import { now } from '@/db/expressions'
import { heartbeatRuns, servers } from '@/db/schema'
import type { Ended, Ending } from '@/server/engine/runs/ending'
import { isRunning } from '@/server/engine/runs/status-filters'
import { end } from '@/server/engine/runs/transition'
import type { LogStores } from '@/server/logs/log-stores'
import type { Log } from '@/server/platform/logger'
import { createLoop, type Loop } from '@/server/platform/loop'
import { killOrphans } from '@/server/processes/orphans'
import { removeRunFiles } from '@/server/processes/run-files'
import { createOutageGrace, isDatabaseSettled } from './outage-grace'
import { createSingleFlight } from './single-flight'

export type ReaperOptions = {
  sql: RawSql
  machine: string
  leaseMs: number
  logs: LogStores
  log: Log
  onReaped(ended: Ended[]): void
  /** Called when the orphans of a run were killed after a delay: the next pass can end the run. */
  onLate?: () => void
  kill?: typeof killOrphans
  /** How many lost runs are handled at a time; 500 by default. */
  pageSize?: number
  now?: () => number
}

/** Ends or requeues the runs of workers whose lease ran out, and of workers that ended without ending their runs. */
export function createReaper(options: ReaperOptions): Loop {
  const grace = createOutageGrace(options)
  const loop = createLoop({
    name: 'reaper',
    everyMs: Math.min(1000, options.leaseMs / 3),
    jitter: 0.1,
    log: options.log,
    async run() {
      try {
        if (await grace.mayJudge()) await declareLost(options)
        await reapRuns({ ...options, onLate: () => loop.trigger() })
      } catch (error) {
        grace.failed()
        throw error
      }
    },
  })
  return loop
}

/**
 * Marks workers with an expired lease as lost. One that was alone at its last renewal may continue until `alone_until`; on
 * this machine that is not awaited, because the orphans of its runs are killed here before the runs are ended.
 */
async function declareLost({ sql, leaseMs, machine, log }: ReaperOptions): Promise<void> {
  const isOver = or(eq(servers.machine, machine), isNull(servers.aloneUntil), lt(servers.aloneUntil, now()))
  const lost = await drizzleOn(sql)
    .update(servers)
    .set({ endedAt: now(), lost: true })
    .where(and(isNull(servers.endedAt), isDatabaseSettled(leaseMs), lt(servers.leaseExpiresAt, now()), isOver))
    .returning({ id: servers.id, host: servers.host })
  for (const server of lost) log.warn({ workerId: server.id, host: server.host }, 'a worker is lost')
}

/**
 * Ends the running runs of workers that have ended; on this machine, only when all their processes are dead. A process that
 * survives SIGKILL keeps its run running, but does not block others: each pass handles all runs. Returns the number of
 * ended runs.
 */
export async function reapRuns(options: ReaperOptions): Promise<number> {
  const pageSize = options.pageSize ?? 500
  let count = 0
  let after: string | null = null
  do {
    const runs: LostRun[] = await findLost(options.sql, after, pageSize)
    count += await endLost(options, runs)
    after = runs.length < pageSize ? null : (runs.at(-1)?.id ?? null)
  } while (after !== null)
  return count
}

type LostRun = Awaited<ReturnType<typeof findLost>>[number]

async function findLost(sql: RawSql, after: string | null, limit: number) {
  const { id, agentId, processPid, processStartedTicks } = heartbeatRuns
  const { machine, dataDir, storeId } = servers
  return await drizzleOn(sql)
    .select({ id, agentId, workerId: servers.id, machine, dataDir, storeId, processPid, processStartedTicks })
    .from(heartbeatRuns)
    .innerJoin(servers, eq(servers.id, heartbeatRuns.workerId))
    .where(and(isRunning, isNotNull(servers.endedAt), after ? gt(id, after) : undefined))
    .orderBy(id)
    .limit(limit)
}

async function endLost(options: ReaperOptions, runs: LostRun[]): Promise<number> {
  if (runs.length === 0) return 0
  const found = await Promise.all(
    runs.map((run) => flights.run(run.id, () => tryEndingOf(options, run), options.onLate)),
  )
  const endings = found.filter((ending) => ending !== null)
  const ended = await endAll(options, endings)
  for (const run of ended) options.log.warn({ ...run }, 'a run lost its runner')
  options.onReaped(ended)
  return ended.length
}

/** Shared by all passes: at start, when a runner has died, and once a second. */
const flights = createSingleFlight<Ending>()

/** Null if it fails: the next pass tries again. */
async function tryEndingOf(options: ReaperOptions, run: LostRun): Promise<Ending | null> {
  try {
    return await endingOf(options, run)
  } catch (err) {
    options.log.error({ err, runId: run.id }, 'could not kill the processes of a lost run')
    return null
  }
}

/** A run that cannot be ended, or whose agent a slow transaction has locked, does not prevent the others. */
async function endAll({ sql, log }: ReaperOptions, endings: Ending[]): Promise<Ended[]> {
  try {
    return await end(sql, endings)
  } catch (error) {
    if (!isOfOneRun(error)) throw error
  }
  const ended: Ended[] = []
  for (const ending of endings) {
    try {
      ended.push(...(await end(sql, [ending])))
    } catch (err) {
      if (!isOfOneRun(err)) throw err
      log.error({ err, runId: ending.runId }, 'a lost run could not be ended')
    }
  }
  return ended
}

/** A lock timeout (55P03) is caused by a slow transaction, not by an unreachable database. */
function isOfOneRun(error: unknown): boolean {
  return isDataError(error) || (error instanceof Error && 'code' in error && error.code === '55P03')
}

async function endingOf({ machine, logs, log, kill = killOrphans }: ReaperOptions, run: LostRun): Promise<Ending> {
  const isOnThisMachine = run.machine === machine
  const survivorsKilled = isOnThisMachine
    ? await kill({ pid: run.processPid, startedTicks: run.processStartedTicks, runId: run.id })
    : null
  if (isOnThisMachine) removeRunFiles(run.dataDir, run.id, log)
  const sealed = await sealLog(logs, run)
  return {
    runId: run.id,
    agentId: run.agentId,
    workerId: run.workerId,
    status: 'failed',
    errorCode: 'runner_lost',
    error: 'The server that ran it was lost.',
    survivorsKilled,
    log: sealed === 'unknown' ? sealed : { ref: run.id, ...sealed },
    retry: 'runner_lost',
  }
}

/** `unknown` for a log on a machine that cannot be reached from this one. */
async function sealLog(logs: LogStores, run: LostRun) {
  return (
    (await logs
      .at(run)
      ?.seal(run.id)
      .catch(() => null)) ?? ('unknown' as const)
  )
}
