import { randomUUID } from 'node:crypto'
import type { Connection, RawSql } from '@/db/client'
import type { Role } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import { type Reading, readClocks } from './clocks'
import { endLease, insertLease, markDraining, renewLease } from './lease-row'
import { isUnanswered } from './outage'
import { createTerm, type Term } from './term'

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
  /** Begins a lease; resolves when its row is written. */
  start(): Promise<void>
  /** Ends the lease in order. */
  stop(): Promise<void>
  /** The id under which the lease is held, or null between two leases: from the moment on when one can not be relied on. */
  workerId(): string | null
  /** Whether other servers live on the same database. */
  hasOthers(): boolean
  drain(): Promise<void>
}

/**
 * How long a runner that is alone may go on without its database. The embedded one is reached through this machine's own
 * socket: nobody else can judge. Who shares another may start on another machine at any moment, and waits as long.
 */
export function aloneMsOf(connection: Connection, leaseMs: number): number {
  return connection.kind === 'socket' ? Number.POSITIVE_INFINITY : aloneLeases * leaseMs
}

const aloneLeases = 6

export type LeaseOptions = {
  sql: RawSql
  identity: Identity
  leaseMs: number
  /** Infinity: all who could judge are on this machine, and the row says nothing. */
  aloneMs: number
  log: Log
  onLost(why: string): Promise<void>
  /** A lease is held under a new id. */
  onWorkerStarted?(workerId: string): void
  /** After each renewal: whether other servers live on this database. */
  onRenewed?(hasOthers: boolean): void
  clocks?: () => Reading
}

/**
 * One row, one lease, for every run that a server holds; renewed every third of it on a connection of its own, so that
 * nothing else delays it, and tried again soon where that failed: a short outage must not cost a short lease. When it can
 * not be relied on any more (see `createTerm`) it is given up: `onLost` must kill the runs, and resolve when nothing of them
 * is left; then another begins under a new id.
 *
 * A server that was alone at its last renewal may go on for `aloneMs` without the database. It says so in its row,
 * `alone_until`, in the statement that finds it alone, so whoever starts later reads it there. The row never says less than
 * the server believes: when another server turns up, the server first stops relying on what it has said, and takes it back with
 * its next renewal.
 */
export function createLease(options: LeaseOptions): Lease {
  const { sql, leaseMs, aloneMs, log, clocks = readClocks } = options
  const announcedMs = Number.isFinite(aloneMs) ? aloneMs : null
  const holding = createHolding(options, () => renewing.trigger())
  let isDraining = false
  let others = 0
  let retry: NodeJS.Timeout | undefined

  const renewing = createLoop({ name: 'lease', everyMs: leaseMs / 3, run: renewOrRetry, log })
  // Apart from the renewal, which may be the one that hangs.
  const watching = createLoop({ name: 'lease-watch', everyMs: Math.min(250, leaseMs / 12), run: holding.watch, log })

  async function renewOrRetry() {
    clearTimeout(retry)
    try {
      await renew()
    } catch (error) {
      retry = setTimeout(() => renewing.trigger(), Math.min(200, leaseMs / 12) * (0.75 + Math.random() / 2))
      throw error
    }
  }

  async function renew() {
    if (holding.isLosing()) return
    const held = holding.held()
    if (!held) return holding.begin(isDraining)
    const { id, term } = held
    const sentAt = clocks()
    try {
      const state = { isAlone: term.isAlone(), draining: isDraining }
      const found = await renewLease(sql, id, { leaseMs, aloneMs: announcedMs, ...state })
      // Given up while this was on its way.
      if (holding.held() !== held) return
      if (found === undefined) return holding.lose('another server found its lease expired')
      others = found
      options.onRenewed?.(others > 0)
      // It was over when the answer came: whoever asked meanwhile has acted on it.
      if (term.isOver()) return holding.lose('the lease was renewed too late')
      term.renewed(sentAt, others === 0)
    } catch (error) {
      if (isUnanswered(error)) term.unanswered(sentAt)
      throw error
    }
  }

  return {
    async start() {
      await holding.begin(isDraining)
      renewing.start()
      watching.start()
    },
    async stop() {
      await Promise.all([renewing.stop(), watching.stop()])
      clearTimeout(retry)
      await holding.end()
    },
    workerId: holding.reliableId,
    hasOthers: () => others > 0,
    async drain() {
      isDraining = true
      const held = holding.held()
      if (held) await markDraining(sql, held.id).catch(() => {})
    },
  }
}

/** The lease that is held, or that is being lost: one at a time, each with its own id and term. */
function createHolding(options: LeaseOptions, onLost: () => void) {
  const { sql, identity, leaseMs, aloneMs, log, clocks } = options
  let held: { id: string; term: Term } | null = null
  let givenUp: string | null = null
  let losing: Promise<void> | null = null

  function lose(why: string): Promise<void> {
    log.warn({ workerId: held?.id ?? null, why }, 'the lease is lost')
    givenUp = held?.id ?? givenUp
    held = null
    losing ??= options.onLost(why).finally(() => {
      losing = null
      onLost()
    })
    return losing
  }

  return {
    held: () => held,
    isLosing: () => losing !== null,
    lose,
    /** Null from the moment on when the lease cannot be relied on. */
    reliableId: () => (held && !held.term.isOver() ? held.id : null),
    async begin(draining: boolean) {
      // Its time begins before it is asked for.
      const term = createTerm({ leaseMs, aloneMs, clocks })
      const id = randomUUID()
      // Nothing of it is left: its runs need not wait for its lease to run out.
      if (givenUp) await endLease(sql, givenUp, { lost: true })
      givenUp = null
      await insertLease(sql, { ...identity, id, draining, leaseMs })
      held = { id, term }
      options.onWorkerStarted?.(id)
    },
    async watch() {
      if (held && !losing && held.term.isOver()) await lose('the lease could not be renewed')
    },
    async end() {
      const last = held?.id ?? givenUp
      if (last) await endLease(sql, last, { lost: false }).catch(() => {})
      held = null
    },
  }
}
