import { type SQL, sql } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { millisecondsAgo } from '@/db/expressions'

export type OutageGrace = {
  /** Whether leases may be judged now. After a failure this first waits for an answer of the database. */
  mayJudge(): Promise<boolean>
  /** Records that the database could not be reached. */
  failed(): void
}

/**
 * While the database was unreachable, for all or for this server, renewals were missed: leases are judged again only when
 * the database has answered for the length of one lease.
 */
export function createOutageGrace(options: {
  sql: RawSql
  leaseMs: number
  now?: (() => number) | undefined
}): OutageGrace {
  const { sql, leaseMs } = options
  const now = options.now ?? (() => performance.now())
  let judgeFrom = 0
  let hasFailed = false
  return {
    async mayJudge() {
      if (hasFailed) {
        await sql`select 1`
        judgeFrom = now() + leaseMs
        hasFailed = false
      }
      return now() >= judgeFrom
    },
    failed() {
      hasFailed = true
    },
  }
}

/** Whether the database has been up for the length of one lease. */
export function isDatabaseSettled(leaseMs: number): SQL {
  return sql`pg_postmaster_start_time() < ${millisecondsAgo(leaseMs)}`
}
