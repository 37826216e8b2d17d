import { count, type SQL, sql } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns, runStatsHourly } from '@/db/schema'

const { companyId, status, startedAt, finishedAt } = heartbeatRuns
const seconds = sql`extract(epoch from ${finishedAt} - ${startedAt})::float8`

/** The hour in which a run ended. */
export const endHour = sql`date_trunc('hour', ${finishedAt})`.mapWith(runStatsHourly.hour)

/** The bucket of a run's duration, as `run_stats_hourly` defines it. */
export const durationBucket =
  sql`coalesce(floor(8 * ln(greatest(${seconds} * 1000, 1)) / ln(2.0::float8)), -1)::smallint`.mapWith(
    runStatsHourly.bucket,
  )

/** The runs that meet the condition, counted as in `run_stats_hourly`; the condition selects only runs that have ended. */
export function countRunsByHour(executor: Executor, condition: SQL | undefined) {
  return drizzleOn(executor)
    .select({
      companyId,
      hour: endHour.as('hour'),
      status: sql`${status}`.mapWith(runStatsHourly.status).as('status'),
      bucket: durationBucket.as('bucket'),
      runs: count().as('runs'),
    })
    .from(heartbeatRuns)
    .where(condition)
    .groupBy(companyId, endHour, status, durationBucket)
}

/** The middle of a bucket, in milliseconds. */
export function bucketMs(bucket: number): number {
  return Math.round(2 ** ((bucket + 0.5) / 8))
}
