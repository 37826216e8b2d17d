import type { RawSql } from '@/db/client'
import { type Claims, createClaims } from '@/server/runner/claims'
import { worker } from './engine'

type Given = { maxRuns: number; way?: RawSql }

/** The claims of a worker, and what they did. Its clock can be set forward, its lease lost, and it can be closed. */
export async function claimsOf(sql: RawSql, { maxRuns, way = sql }: Given) {
  const workerId = await worker(sql)
  const live = new Map<string, unknown>()
  const launched: string[] = []
  const rooms: number[] = []
  let skippedMs = 0
  let clockReads = 0
  let isHeld = true
  let isOpen = true
  const claims: Claims = createClaims({
    sql: way,
    workerId,
    maxRuns,
    leaseMs: 1000,
    isHeld: () => isHeld,
    isOpen: () => isOpen,
    live,
    now() {
      clockReads += 1
      return performance.now() + skippedMs
    },
    launch(run) {
      if (live.has(run.id)) return
      live.set(run.id, run)
      launched.push(run.id)
    },
    onClaimed: () => {},
    onRoom: (free) => rooms.push(free),
  })
  return {
    workerId,
    claims,
    live,
    launched,
    /** What the web server was told last. */
    room: () => rooms.at(-1),
    /** How many rounds of `settle` have been completed: each reads the clock twice, after one read at the start. */
    settleRounds: () => Math.floor((clockReads - 2) / 2),
    skip(ms: number) {
      skippedMs += ms
    },
    lose() {
      isHeld = false
    },
    close() {
      isOpen = false
    },
  }
}
