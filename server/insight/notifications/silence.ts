import { and, asc, eq, inArray, lt, ne } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsAgo } from '@/db/expressions'
import { heartbeatRuns, runSilences, servers } from '@/db/schema'
import { silentAfterMs } from '@/server/domain/notification'
import { isRunning } from '@/server/engine/runs/status-filters'
import { lastLine } from '@/server/insight/board/last-lines'
import type { LogStores } from '@/server/logs/log-stores'

const batchRuns = 500
const concurrentReads = 8

/**
 * Reads the logs of the runs that have been running for `afterMs`, if this server stores them, and updates
 * `run_silences`. Returns the number of silent runs.
 */
export async function findSilence(
  { sql, logs }: { sql: RawSql; logs: LogStores },
  afterMs = silentAfterMs,
): Promise<number> {
  await removeEnded(sql)
  const runs = await longRunning(sql, logs.directory.storeId, afterMs)
  let silent = 0
  for (let at = 0; at < runs.length; at += concurrentReads) {
    const found = await Promise.all(runs.slice(at, at + concurrentReads).map((run) => updateSilence(sql, logs, run)))
    silent += found.filter(Boolean).length
  }
  return silent
}

async function removeEnded(sql: RawSql): Promise<void> {
  const db = drizzleOn(sql)
  const ended = db.$with('ended').as(
    db
      .select({ runId: runSilences.runId })
      .from(runSilences)
      .innerJoin(heartbeatRuns, and(eq(heartbeatRuns.id, runSilences.runId), ne(heartbeatRuns.status, 'running')))
      .limit(batchRuns)
      .for('update', { of: runSilences, skipLocked: true }),
  )
  await db
    .with(ended)
    .delete(runSilences)
    .where(inArray(runSilences.runId, db.select({ runId: ended.runId }).from(ended)))
}

type Running = Awaited<ReturnType<typeof longRunning>>[number]

/** The runs of this store that have been running for `afterMs`. One whose last output was before `silentBefore` is silent. */
function longRunning(sql: RawSql, storeId: string, afterMs: number) {
  const { id, companyId, agentId, startedAt } = heartbeatRuns
  return drizzleOn(sql)
    .select({ id, companyId, agentId, startedAt, silentBefore: millisecondsAgo(afterMs) })
    .from(heartbeatRuns)
    .innerJoin(servers, eq(servers.id, heartbeatRuns.workerId))
    .where(and(isRunning, lt(startedAt, millisecondsAgo(afterMs)), eq(servers.storeId, storeId)))
    .orderBy(asc(startedAt))
    .limit(batchRuns)
}

async function updateSilence(sql: RawSql, logs: LogStores, run: Running): Promise<boolean> {
  const line = await lastLine(logs.own, run.id).catch(() => null)
  const lastOutputAt = line?.at ? new Date(line.at) : run.startedAt
  if (!line || !lastOutputAt) return false
  const db = drizzleOn(sql)
  if (lastOutputAt >= run.silentBefore) {
    await db.delete(runSilences).where(and(eq(runSilences.runId, run.id), lt(runSilences.lastOutputAt, lastOutputAt)))
    return false
  }
  const { id: runId, companyId, agentId } = run
  await db
    .insert(runSilences)
    .values({ runId, companyId, agentId, lastOutputAt })
    .onConflictDoUpdate({ target: runSilences.runId, set: { lastOutputAt } })
  return true
}
