import { and, eq, isNull, lt, or } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsAgo, millisecondsFromNow } from '@/db/expressions'
import { servers } from '@/db/schema'
import type { Log } from '@/server/platform/logger'
import { createLoop, type Loop } from '@/server/platform/loop'
import { createPatience, isSettled } from './patience'

/**
 * Watches the lease of the runner that a web server has started. A runner that is frozen can not kill its programs, and a
 * server on another machine can not either: `replace` must kill it in the last sixth of its lease, so that what it left is
 * killed here before anyone else judges. One that was judged lost and does not leave is replaced too.
 */
export function createRunnerWatch(options: {
  sql: RawSql
  leaseMs: number
  log: Log
  /** The id under which the runner holds its lease; null while it has none. */
  serverId(): string | null
  replace(serverId: string): void
}): Loop {
  const { sql, leaseMs } = options
  const patience = createPatience(options)

  async function look() {
    const serverId = options.serverId()
    if (!serverId) return
    const mayJudge = await patience.mayJudge()
    const isLost = and(servers.lost, lt(servers.endedAt, millisecondsAgo(1000)))
    const isRunningOut = and(
      isNull(servers.endedAt),
      lt(servers.leaseExpiresAt, millisecondsFromNow(leaseMs / 6)),
      isSettled(leaseMs),
    )
    const [failing] = await drizzleOn(sql)
      .select({ id: servers.id })
      .from(servers)
      .where(and(eq(servers.id, serverId), or(isLost, mayJudge ? isRunningOut : undefined)))
    if (failing) options.replace(serverId)
  }

  return createLoop({
    name: 'runner-watch',
    everyMs: Math.min(1000, leaseMs / 12),
    log: options.log,
    async run() {
      try {
        await look()
      } catch (error) {
        patience.failed()
        throw error
      }
    },
  })
}
