import { and, asc, gte, lt, min } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { excluded, plus } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { heartbeatRuns, runStatsHourly } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { countRunsByHour, durationBucket, endHour } from './hourly'
import { lockMark, moveMark, settledUntil } from './settled'

export const runStatsMark = 'run_stats'
const batchRuns = 20_000

/**
 * Counts the runs that have ended into `run_stats_hourly`, each once, one batch per transaction. Runs that ended after
 * the mark are counted by the reader. The mark's lock lets one server at a time do it. Returns the number of changed rows.
 */
export async function rollUp(sql: RawSql, signal?: AbortSignal): Promise<number> {
  let changed = 0
  while (!signal?.aborted) {
    const { rows, isDone } = await transaction(sql, (tx) => rollUpBatch(tx))
    changed += rows
    if (isDone) break
  }
  return changed
}

async function rollUpBatch(tx: Executor): Promise<{ rows: number; isDone: boolean }> {
  const db = drizzleOn(tx)
  const settled = await settledUntil(tx)
  const { finishedAt, companyId, status } = heartbeatRuns
  const first = onlyRow(await db.select({ at: min(finishedAt) }).from(heartbeatRuns))
  const from = await lockMark(tx, runStatsMark, first.at && first.at < settled ? first.at : settled)
  if (!from || from >= settled) return { rows: 0, isDone: true }
  const [full] = await db
    .select({ at: finishedAt })
    .from(heartbeatRuns)
    .where(and(gte(finishedAt, from), lt(finishedAt, settled)))
    .orderBy(asc(finishedAt))
    .offset(batchRuns)
    .limit(1)
  // A whole batch may have ended in one millisecond.
  const until = full?.at ? new Date(Math.max(full.at.getTime(), from.getTime() + 1)) : settled
  const counts = countRunsByHour(tx, and(gte(finishedAt, from), lt(finishedAt, until)))
  const changed = await db
    .insert(runStatsHourly)
    .select(counts.orderBy(companyId, endHour, status, durationBucket))
    .onConflictDoUpdate({
      target: [runStatsHourly.companyId, runStatsHourly.hour, runStatsHourly.status, runStatsHourly.bucket],
      set: { runs: plus(runStatsHourly.runs, excluded(runStatsHourly.runs)) },
    })
    .returning({ hour: runStatsHourly.hour })
  await moveMark(tx, runStatsMark, until)
  return { rows: changed.length, isDone: !full }
}
