import { and, eq, sql as expression, gte, sum } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { cast, greatest, now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { backgroundMarks, companies, heartbeatRuns, runStatsHourly } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import type { FinalRunStatus } from '@/server/domain/run-status'
import { bucketMs, countRunsByHour } from './hourly'
import { runStatsMark } from './roll-up'

export type HourOfRuns = { hour: Date; succeeded: number; failed: number; cancelled: number; timedOut: number }

export type RunHistory = {
  /** Oldest first, the current hour last; hours without runs are included. */
  hours: HourOfRuns[]
  runs: number
  /** The share of successes among the runs that succeeded, failed or timed out, from 0 to 1; null without any. */
  successRate: number | null
  /** Within 5 %, of the runs that started; null without any. */
  medianMs: number | null
  p95Ms: number | null
}

/** Either an hour with an outcome, or a duration. */
type Row = { hour: Date | null; status: FinalRunStatus | null; bucket: number | null; runs: number }

const hourMs = 3_600_000
const columnOf = { succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled', timed_out: 'timedOut' } as const

/** The company's runs that ended in the last `hours`: the hourly rows, and the runs that are not counted in them yet. */
export async function runHistory(sql: Executor, companyId: CompanyId, hours: number): Promise<RunHistory> {
  const clock = drizzleOn(sql).select({ now: now() }).from(companies).where(eq(companies.id, companyId))
  const last = Math.floor(onlyRow(await clock).now.getTime() / hourMs) * hourMs
  const first = new Date(last - (hours - 1) * hourMs)
  return historyOf(await countRuns(sql, companyId, first), first.getTime(), hours)
}

/** In one statement: between two, the roll-up could move runs from one of the counts to the other. */
function countRuns(sql: Executor, companyId: CompanyId, since: Date) {
  const db = drizzleOn(sql)
  const { hour, status, bucket, runs } = runStatsHourly
  const mark = db.select({ at: backgroundMarks.at }).from(backgroundMarks).where(eq(backgroundMarks.name, runStatsMark))
  const rolledUp = db
    .select({ companyId: runStatsHourly.companyId, hour, status, bucket, runs })
    .from(runStatsHourly)
    .where(and(eq(runStatsHourly.companyId, companyId), gte(hour, since)))
  const afterMark = countRunsByHour(
    sql,
    and(
      eq(heartbeatRuns.companyId, companyId),
      gte(heartbeatRuns.finishedAt, greatest(cast(since, 'timestamptz'), mark)),
    ),
  )
  const counted = unionAll(rolledUp, afterMark).as('counted')
  return db
    .select({
      hour: counted.hour,
      status: counted.status,
      bucket: counted.bucket,
      runs: sum(counted.runs).mapWith(Number),
    })
    .from(counted)
    .groupBy(expression`grouping sets ((${counted.hour}, ${counted.status}), (${counted.bucket}))`)
}

function historyOf(rows: readonly Row[], firstMs: number, count: number): RunHistory {
  const hours = Array.from({ length: count }, (_, at) => ({
    hour: new Date(firstMs + at * hourMs),
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    timedOut: 0,
  }))
  const outcomes = { succeeded: 0, failed: 0, cancelled: 0, timed_out: 0 }
  const durations = new Map<number, number>()
  for (const { hour, status, bucket, runs } of rows) {
    if (hour && status) {
      const entry = hours[Math.round((hour.getTime() - firstMs) / hourMs)]
      if (entry) entry[columnOf[status]] += runs
      outcomes[status] += runs
    } else if (bucket !== null && bucket >= 0) durations.set(bucket, runs)
  }
  const notCancelled = outcomes.succeeded + outcomes.failed + outcomes.timed_out
  return {
    hours,
    runs: notCancelled + outcomes.cancelled,
    successRate: notCancelled === 0 ? null : outcomes.succeeded / notCancelled,
    medianMs: quantileOf(durations, 0.5),
    p95Ms: quantileOf(durations, 0.95),
  }
}

function quantileOf(durations: Map<number, number>, share: number): number | null {
  const sorted = [...durations].sort(([a], [b]) => a - b)
  const total = sorted.reduce((sum, [, runs]) => sum + runs, 0)
  let seen = 0
  for (const [bucket, runs] of sorted) {
    seen += runs
    if (seen >= total * share) return bucketMs(bucket)
  }
  return null
}
