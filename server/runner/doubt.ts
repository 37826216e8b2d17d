import type { RawSql } from '@/db/client'
import { statementTimeoutMs } from '@/db/connection'

/** What may have been committed though its answer was lost: by a claim, or by a web server that is gone. */
export type Doubt = {
  isOpen(): boolean
  /** When the last of it arose. */
  since(): number | null
  /** What may be used, and counts as taken. */
  places(): number
  raise(places: number): void
  /** So many runs turned up. All that one claim has taken turns up together. */
  settle(found: number): void
  /** Whether it is open, and nothing of it can be committed any more: what does not turn up after that never will. */
  isOver(): Promise<boolean>
  close(): void
  /** It is over after this long. */
  readonly longestMs: number
}

/** What was on its way to the database when the doubt arose has begun by then. */
const arrivalMs = 1000

export function createDoubt(options: { sql: RawSql; leaseMs: number; now(): number }): Doubt {
  const { sql, now } = options
  // However short the lease, a statement may last as long as its timeout; an idle transaction ends within the lease.
  const longestMs = Math.max(options.leaseMs, statementTimeoutMs)
  let since: number | null = null
  let places = 0
  let claims = 0
  return {
    longestMs,
    isOpen: () => since !== null,
    since: () => since,
    places: () => places,
    raise(more) {
      since = now()
      places += more
      if (more > 0) claims += 1
    },
    settle(found) {
      places = found > 0 && claims === 1 ? 0 : Math.max(0, places - found)
    },
    async isOver() {
      if (since === null) return false
      const age = now() - since
      return age >= longestMs || (age >= arrivalMs && !(await hasTransactionFrom(sql, age - arrivalMs)))
    },
    close() {
      since = null
      places = 0
      claims = 0
    },
  }
}

/** Whether a transaction of ours, whoever began it, is at least this old. Where the database does not tell, there may be one. */
async function hasTransactionFrom(sql: RawSql, ageMs: number): Promise<boolean> {
  const [row] = await sql<[{ hasAny: boolean }]>`
    select current_setting('track_activities') <> 'on' or exists (
      select from pg_stat_activity
      where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
        and xact_start <= clock_timestamp() - ${ageMs} * interval '1 millisecond') as has_any`
  return row.hasAny
}
