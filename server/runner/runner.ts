import { and, eq, isNotNull } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import type { StopCause } from '@/server/adapters/adapter'
import type { Lease } from '@/server/engine/leases/lease'
import type { HeldRun } from '@/server/engine/runs/claim'
import { findResults } from '@/server/engine/runs/results'
import { isRunning } from '@/server/engine/runs/status-filters'
import type { Notifier } from '@/server/live/notifier'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import { killOrphans } from '@/server/processes/orphans'
import { createRunFiles } from '@/server/processes/run-files'
import { createCarryOut } from './carry-out'
import { createClaims } from './claims'
import { inBatches } from './in-batches'
import { createOutbox } from './outbox'
import type { LogsOf } from './redact-run'
import { createResults } from './results'
import { createServerStop } from './server-stop'
import { createSlots } from './slots'
import { isKnown, type LiveRun, type Worker } from './worker'

export type RunnerOptions = {
  sql: RawSql
  lease: Lease
  notifier: Notifier
  logsOf: LogsOf
  log: Log
  dataDir: string
  apiUrl: string
  secretKey: Buffer
  maxRuns: number
  leaseMs: number
  onLog(runId: string, what: 'grew' | 'ended'): void
  /** How many runs the web server beside this runner may claim for the worker `serverId`. */
  onRoom(serverId: string, free: number): void
}

export type Runner = {
  start(): void
  /** A run that the web server has claimed for the worker `serverId`. It waits for a slot where all are taken. */
  accept(serverId: string, run: HeldRun): void
  /** Claims no more. */
  close(): void
  /** Claims no more; resolves when the last run is done. */
  finish(): Promise<void>
  /** Claims no more, gives live runs `drainMs`, then stops what is left. Resolves when all is written. */
  drain(drainMs: number): Promise<void>
  /** Kills everything at once: the lease is lost. Resolves when nothing is left alive. */
  abandon(): Promise<void>
  /** Kills what runs without waiting for its grace; the endings are written as ever. */
  kill(cause: StopCause): Promise<void>
  stop(): Promise<void>
}

/** Claims queued runs up to `maxRuns`, carries them out, and writes what becomes of them. */
export function createRunner(options: RunnerOptions): Runner {
  const { sql, lease, notifier, log } = options
  const files = createRunFiles(options.dataDir, log)
  let current: Worker | null = null
  let isClaiming = true
  let isDraining = false
  /** Why whatever is launched from now on is stopped at once. */
  let stopped: StopCause | null = null
  const serverStop = createServerStop()

  const claiming = createLoop({
    name: 'claim',
    everyMs: 1000,
    jitter: 0.2,
    run: async () => currentWorker()?.claims.fill(),
    log,
  })
  const reconciling = createLoop({
    name: 'reconcile',
    everyMs: 1000,
    jitter: 0.2,
    run: async () => current?.claims.reconcile(),
    log,
  })
  const cancelling = createLoop({ name: 'cancels', everyMs: 1000, jitter: 0.2, run: stopCancelled, log })
  const results = createResults({ find: (runIds) => findResults(sql, options.secretKey, runIds), log })
  const carryOut = createCarryOut({ options, files, results, serverStop })
  notifier.on((heard) => {
    if (heard.includes('runs')) claiming.trigger()
    if (heard.includes('results')) results.trigger()
    if (heard.includes('cancels')) cancelling.trigger()
  })

  function currentWorker(): Worker | null {
    const serverId = lease.serverId()
    if (serverId === null) return null
    if (current?.serverId !== serverId) current = newWorker(serverId)
    return current
  }

  function newWorker(serverId: string): Worker {
    const live = new Map<string, LiveRun>()
    const isHeld = () => lease.serverId() === serverId
    const claims = createClaims({
      sql,
      serverId,
      maxRuns: options.maxRuns,
      leaseMs: options.leaseMs,
      isHeld,
      isOpen: () => isClaiming,
      live,
      launch: (run) => launch(worker, run),
      onClaimed: () => notifier.notify('live'),
      onRoom: (free) => options.onRoom(serverId, free),
    })
    const outbox = createOutbox({
      sql,
      serverId,
      write: claims.end,
      log,
      isHeld,
      // A server that stops does not wait for ever: a reaper ends what it could not.
      patienceMs: () => (isDraining ? options.leaseMs : Number.POSITIVE_INFINITY),
      underWay: () => live.size,
      onNoted: () => notifier.notify('live'),
      onEnded: () => notifier.notify('runs', 'live'),
    })
    const slots = createSlots(options.maxRuns)
    const worker: Worker = { serverId, claims, outbox, slots, live, unwritten: new Set() }
    return worker
  }

  function launch(worker: Worker, run: HeldRun): void {
    if (worker.live.has(run.id) || worker.unwritten.has(run.id)) return
    const abort = new AbortController()
    const liveRun: LiveRun = { ...run, abort, done: Promise.resolve(), process: null }
    worker.live.set(run.id, liveRun)
    // Claimed by a question that was under way when all was stopped.
    if (stopped) abort.abort(stopped)
    liveRun.done = carryOut(worker, liveRun)
      .catch((err) => log.warn({ err, runId: run.id }, 'a run could not be started yet'))
      .finally(() => {
        if (isKnown(worker, liveRun)) worker.live.delete(run.id)
        claiming.trigger()
      })
  }

  async function stopCancelled() {
    const worker = current
    if (!worker || worker.live.size === 0) return
    const runs = await drizzleOn(sql)
      .select({ id: heartbeatRuns.id, code: heartbeatRuns.cancelCode })
      .from(heartbeatRuns)
      .where(and(eq(heartbeatRuns.serverId, worker.serverId), isRunning, isNotNull(heartbeatRuns.cancelRequestedAt)))
    for (const run of runs) stop(worker, run.id, run.code ?? 'cancelled')
  }

  /** The first cause stands: an AbortController keeps the reason it was first given. */
  function stop(worker: Worker, runId: string, cause: StopCause) {
    worker.live.get(runId)?.abort.abort(cause)
  }

  function allDone(worker: Worker): Promise<unknown> {
    return Promise.all([...worker.live.values()].map((run) => run.done))
  }

  /** A run that is being stopped already is in its grace: that is cut short from outside. */
  async function killAll(worker: Worker, cause: StopCause) {
    await inBatches(worker.live.values(), (run) => {
      stop(worker, run.id, cause)
      if (run.process) killOrphans({ ...run.process, runId: run.id }).catch((err) => log.error(err))
    })
    await allDone(worker)
  }

  function close() {
    isClaiming = false
  }

  async function finish() {
    close()
    const draining = lease.drain()
    await claiming.stop()
    await draining
    while (current) {
      const worker = current
      await allDone(worker)
      await worker.claims.settle()
      if (worker.live.size === 0) break
    }
  }

  return {
    start() {
      files.start()
      claiming.start()
      reconciling.start()
      cancelling.start()
    },
    accept(serverId, run) {
      if (current?.serverId === serverId) launch(current, run)
    },
    close,
    finish,
    async drain(drainMs) {
      isDraining = true
      serverStop.begin()
      const timer = setTimeout(() => {
        stopped = 'server_stopped'
        const worker = current
        if (worker) void inBatches(worker.live.keys(), (runId) => stop(worker, runId, 'server_stopped'))
      }, drainMs)
      await finish()
      clearTimeout(timer)
    },
    async abandon() {
      const lost = current
      current = null
      if (lost) await killAll(lost, 'lease_lost')
    },
    async kill(cause) {
      stopped = cause
      if (cause === 'server_stopped') serverStop.begin()
      if (current) await killAll(current, cause)
    },
    async stop() {
      isClaiming = false
      await Promise.all([claiming.stop(), reconciling.stop(), cancelling.stop()])
    },
  }
}
