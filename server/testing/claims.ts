import type { RawSql } from '@/db/client'
import { createClaims } from '@/server/runner/claims'
import { life } from './engine'

type Given = { maxRuns: number; way?: RawSql }

/** The places of a life that lends to a web server, and what it did. Its clock can be set forward, and its lease lost. */
export async function claimsOf(sql: RawSql, { maxRuns, way = sql }: Given) {
  const serverId = await life(sql)
  const live = new Map<string, unknown>()
  const told: string[] = []
  const launched: string[] = []
  const looks = { sent: 0 }
  let skippedMs = 0
  let isHeld = true
  const claims = createClaims({
    sql: counting(way, looks),
    serverId,
    maxRuns,
    leaseMs: 1000,
    isHeld: () => isHeld,
    isOpen: () => true,
    live,
    now: () => performance.now() + skippedMs,
    launch(run) {
      live.set(run.id, run)
      launched.push(run.id)
    },
    async prepare(run, mayStart) {
      live.set(run.id, run)
      const isStarted = await mayStart
      told.push(isStarted ? 'started' : 'forgotten')
      if (isStarted) return
      // Making ready takes its time, and is not broken off.
      await sql`select pg_sleep(0.05)`
      live.delete(run.id)
    },
    onClaimed: () => {},
    lending: { lend: () => told.push('lend'), recall: () => told.push('recall') },
  })
  return {
    serverId,
    claims,
    live,
    told,
    launched,
    looks,
    taken: () => told.splice(0),
    skip(ms: number) {
      skippedMs += ms
    },
    lose() {
      isHeld = false
    },
  }
}

/** Counts the looks for runs that the life does not know. */
function counting(sql: RawSql, looks: { sent: number }): RawSql {
  return new Proxy(sql, {
    apply(query, self, args) {
      if (Array.isArray(args[0]) && args[0].join().includes('r.id <> all')) looks.sent += 1
      return Reflect.apply(query, self, args)
    },
  })
}
