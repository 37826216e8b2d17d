import { and, eq, isNull, lt, or } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsAgo, millisecondsFromNow } from '@/db/expressions'
import { servers } from '@/db/schema'
import type { Log } from '@/server/platform/logger'
import { createLoop, type Loop } from '@/server/platform/loop'
import { createOutageGrace, isDatabaseSettled } from './outage-grace'

/**
 * Watches the lease of the runner that a web server has started. A frozen runner cannot kill its programs, and neither can a
 * server on another machine: `replace` must kill the runner in the last sixth of its lease, so that its orphans are killed
 * on this machine before another server judges the worker lost. A runner that was judged lost and does not exit is
 * replaced too.
 */
export function createRunnerWatch(options: {
  sql: RawSql
  leaseMs: number
  log: Log
  /** The runner's current worker; null while it has no lease. */
  workerId(): string | null
  replace(workerId: string): void
}): Loop {
  const { sql, leaseMs } = options
  const grace = createOutageGrace(options)

  async function check() {
    const workerId = options.workerId()
    if (!workerId) return
    const mayJudge = await grace.mayJudge()
    const isLost = and(servers.lost, lt(servers.endedAt, millisecondsAgo(1000)))
    const isRunningOut = and(
      isNull(servers.endedAt),
      lt(servers.leaseExpiresAt, millisecondsFromNow(leaseMs / 6)),
      isDatabaseSettled(leaseMs),
    )
    const [failing] = await drizzleOn(sql)
      .select({ id: servers.id })
      .from(servers)
      .where(and(eq(servers.id, workerId), or(isLost, mayJudge ? isRunningOut : undefined)))
    if (failing) options.replace(workerId)
  }

  return createLoop({
    name: 'runner-watch',
    everyMs: Math.min(1000, leaseMs / 12),
    log: options.log,
    async run() {
      try {
        await check()
      } catch (error) {
        grace.failed()
        throw error
      }
    },
  })
}
