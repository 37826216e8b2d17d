import { type SQL, sql } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { millisecondsAgo } from '@/db/expressions'

export type Patience = {
  /** Whether leases may be judged by now. Asks the database, where it was away at the last look. */
  mayJudge(): Promise<boolean>
  /** A look has failed. */
  failed(): void
}

/**
 * A database that was away, for itself or for this server, made everyone miss renewals: nobody is judged before one lease
 * has passed since it answers.
 */
export function createPatience(options: { sql: RawSql; leaseMs: number; now?: (() => number) | undefined }): Patience {
  const { sql, leaseMs } = options
  const now = options.now ?? (() => performance.now())
  let judgeFrom = 0
  let isBlind = false
  return {
    async mayJudge() {
      if (isBlind) {
        await sql`select 1`
        judgeFrom = now() + leaseMs
        isBlind = false
      }
      return now() >= judgeFrom
    },
    failed() {
      isBlind = true
    },
  }
}

/** Whether the database itself has been up for one lease. */
export function isSettled(leaseMs: number): SQL {
  return sql`pg_postmaster_start_time() < ${millisecondsAgo(leaseMs)}`
}
