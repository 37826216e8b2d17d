import type { Executor } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import type { FinalRunStatus } from '@/server/domain/run-status'
import { bucketMs, bucketOf, runStatsMark } from './roll-up'

export type HourOfRuns = { hour: Date; succeeded: number; failed: number; cancelled: number; timedOut: number }

export type RunHistory = {
  /** Oldest first, the running hour last, hours without runs among them. */
  hours: HourOfRuns[]
  runs: number
  /** Of the runs that succeeded, failed or timed out, 0 to 1; null where there was none. */
  successRate: number | null
  /** Within 5 %, of runs that began; null where there was none. */
  medianMs: number | null
  p95Ms: number | null
}

/** Either an hour with an outcome, or a duration. */
type Row = { hour: Date | null; status: FinalRunStatus | null; bucket: number | null; runs: number }

const hourMs = 3_600_000
const columnOf = { succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled', timed_out: 'timedOut' } as const

/** The company's runs that ended in the last `hours`, counted from the hourly rows and what ended since. */
export async function runHistory(sql: Executor, companyId: CompanyId, hours: number): Promise<RunHistory> {
  const [{ now }] = await sql<[{ now: Date }]>`select now() as now`
  const last = Math.floor(now.getTime() / hourMs) * hourMs
  const first = new Date(last - (hours - 1) * hourMs)
  const rows = await sql<Row[]>`
    with mark as (
      select coalesce((select at from background_marks where name = ${runStatsMark}), '-infinity') as at
    )
    select hour, status, bucket, sum(runs)::int as runs from (
      select hour, status, bucket, runs from run_stats_hourly where company_id = ${companyId} and hour >= ${first}
      union all
      select date_trunc('hour', finished_at), status, ${bucketOf(sql)}, 1 from heartbeat_runs r, mark
      where company_id = ${companyId} and finished_at >= greatest(mark.at, ${first})
    ) c group by grouping sets ((hour, status), (bucket))`
  return historyOf(rows, first.getTime(), hours)
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
  const judged = outcomes.succeeded + outcomes.failed + outcomes.timed_out
  return {
    hours,
    runs: judged + outcomes.cancelled,
    successRate: judged === 0 ? null : outcomes.succeeded / judged,
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
