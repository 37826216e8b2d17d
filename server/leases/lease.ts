import { randomUUID } from 'node:crypto'
import type { RawSql } from '@/db/client'
import type { Role } from '@/server/env'
import type { Log } from '@/server/logger'
import { createLoop } from '@/server/loop'
import { isDefinitelyDown } from './outage'

export type Identity = {
  role: Role
  host: string
  machine: string
  pid: number
  dataDir: string
  storeId: string
  runnerPid: number | null
  runnerStartedTicks: string | null
  url: string | null
  maxRuns: number
}

export type Lease = {
  /** Begins a life; resolves when its row stands. */
  start(): Promise<void>
  /** Ends the life in order. */
  stop(): Promise<void>
  /** The id of the life under way, or null between two lives: from the moment on when the lease can not be relied on. */
  serverId(): string | null
  /** Whether other servers live on the same database. */
  hasOthers(): boolean
  drain(): Promise<void>
}

/**
 * One row, one lease, for every run that a server holds; renewed every third of it on a connection of its own, so that
 * nothing else delays it, and tried again soon where that failed: a short outage must not cost a short lease. When two thirds have passed without a renewal the life is given up: `onLost` must kill what it
 * runs, and resolve when nothing of it is left; then a new life begins under a new id. A database that is definitely
 * down (refused, starting, stopping) judges nobody: the reapers wait one lease after it is back, so the clock starts
 * anew at each such answer and the runs go on.
 */
export function createLease(options: {
  sql: RawSql
  identity: Identity
  leaseMs: number
  log: Log
  onLost(why: string): Promise<void>
  /** A life has begun. */
  onLife?(serverId: string): void
  /** After each renewal: whether other servers live on this database. */
  onRenewed?(hasOthers: boolean): void
  now?: () => number
}): Lease {
  const { sql, identity, leaseMs, log } = options
  const now = options.now ?? (() => performance.now())
  let id: string | null = null
  let givenUp: string | null = null
  let isDraining = false
  let others = 0
  let safeUntil = 0
  let losing: Promise<void> | null = null
  let retry: NodeJS.Timeout | undefined

  const renewing = createLoop({ name: 'lease', everyMs: leaseMs / 3, run: renewOrRetry, log })
  // Apart from the renewal, which may be the one that hangs.
  const watching = createLoop({ name: 'lease-watch', everyMs: Math.min(250, leaseMs / 12), run: watch, log })

  async function begin() {
    const asked = now()
    const next = randomUUID()
    // Nothing of it is left: its runs need not wait for its lease to run out.
    if (givenUp) await sql`update servers set ended_at = now(), lost = true where id = ${givenUp} and ended_at is null`
    givenUp = null
    await sql`
      insert into servers (id, role, host, machine, pid, data_dir, store_id, runner_pid, runner_started_ticks, url, max_runs, draining,
        lease_expires_at)
      values (${next}, ${identity.role}, ${identity.host}, ${identity.machine}, ${identity.pid},
        ${identity.dataDir}, ${identity.storeId}, ${identity.runnerPid},
        ${identity.runnerStartedTicks}, ${identity.url}, ${identity.maxRuns}, ${isDraining},
        now() + ${leaseMs} * interval '1 millisecond')`
    safeUntil = asked + (leaseMs * 2) / 3
    id = next
    options.onLife?.(next)
  }

  async function renewOrRetry() {
    clearTimeout(retry)
    try {
      await renew()
    } catch (error) {
      retry = setTimeout(() => renewing.poke(), Math.min(200, leaseMs / 12) * (0.75 + Math.random() / 2))
      throw error
    }
  }

  async function renew() {
    if (losing) return
    if (id === null) return begin()
    const asked = now()
    try {
      const [row] = await sql<[{ others: number }?]>`
        update servers set renewed_at = now(), lease_expires_at = now() + ${leaseMs} * interval '1 millisecond',
          draining = ${isDraining}
        where id = ${id} and ended_at is null
        returning (select count(*)::int from servers o
          where o.id <> servers.id and o.ended_at is null and o.lease_expires_at > now()) as others`
      if (!row) return lose('another server found its lease expired')
      others = row.others
      options.onRenewed?.(others > 0)
      // It was over when the answer came: whoever asked meanwhile has acted on it.
      if (now() > safeUntil) return lose('the lease was renewed too late')
      safeUntil = asked + (leaseMs * 2) / 3
    } catch (error) {
      if (isDefinitelyDown(error) && now() <= safeUntil) safeUntil = Math.max(safeUntil, asked + (leaseMs * 2) / 3)
      throw error
    }
  }

  async function watch() {
    if (id !== null && !losing && now() > safeUntil) await lose('the lease could not be renewed')
  }

  function lose(why: string): Promise<void> {
    log.warn({ serverId: id, why }, 'the lease is lost')
    givenUp = id ?? givenUp
    id = null
    losing ??= options.onLost(why).finally(() => {
      losing = null
      renewing.poke()
    })
    return losing
  }

  return {
    async start() {
      await begin()
      renewing.start()
      watching.start()
    },
    async stop() {
      await Promise.all([renewing.stop(), watching.stop()])
      clearTimeout(retry)
      const last = id ?? givenUp
      if (last) await sql`update servers set ended_at = now() where id = ${last} and ended_at is null`.catch(() => {})
      id = null
    },
    serverId: () => (now() > safeUntil ? null : id),
    hasOthers: () => others > 0,
    async drain() {
      isDraining = true
      if (id) await sql`update servers set draining = true where id = ${id}`.catch(() => {})
    },
  }
}
