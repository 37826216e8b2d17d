import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { moveMark, settledUntil, takeMark } from './settled'

export const runStatsMark = 'run_stats'
const batchRuns = 20_000

/**
 * Counts runs that have ended into `run_stats_hourly`, each once, in batches of their own transactions; what ended after
 * the mark is counted by who reads. Several servers may do it: one at a time does. Answers how many rows changed.
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
  const settled = await settledUntil(tx)
  const [first] = await tx<[{ at: Date | null }]>`select min(finished_at) as at from heartbeat_runs`
  const from = await takeMark(tx, runStatsMark, first.at && first.at < settled ? first.at : settled)
  if (!from || from >= settled) return { rows: 0, isDone: true }
  const [full] = await tx<{ at: Date }[]>`
    select finished_at as at from heartbeat_runs where finished_at >= ${from} and finished_at < ${settled}
    order by finished_at offset ${batchRuns} limit 1`
  // A whole batch may have ended in one millisecond.
  const until = full ? new Date(Math.max(full.at.getTime(), from.getTime() + 1)) : settled
  const { count } = await tx`
    insert into run_stats_hourly as s (company_id, hour, status, bucket, runs)
    select company_id, date_trunc('hour', finished_at), status, ${bucketOf(tx)}, count(*)::int
    from heartbeat_runs r where finished_at >= ${from} and finished_at < ${until}
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (company_id, hour, status, bucket) do update set runs = s.runs + excluded.runs`
  await moveMark(tx, runStatsMark, until)
  return { rows: count, isDone: !full }
}

/** The duration of run `r` as its bucket. */
export function bucketOf(sql: Executor) {
  return sql`coalesce(floor(8 * ln(greatest(extract(epoch from r.finished_at - r.started_at)::float8 * 1000, 1))
    / ln(2.0::float8)), -1)::smallint`
}

/** The middle of a bucket, in milliseconds. */
export function bucketMs(bucket: number): number {
  return Math.round(2 ** ((bucket + 0.5) / 8))
}
