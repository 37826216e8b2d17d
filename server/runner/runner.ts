import type { RawSql } from '@/db/client'
import type { StopCause } from '@/server/adapters/adapter'
import type { Lease } from '@/server/engine/leases/lease'
import type { HeldRun } from '@/server/engine/runs/claim'
import { findResults } from '@/server/engine/runs/results'
import type { Notifier } from '@/server/live/notifier'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import { createRunFiles } from '@/server/processes/run-files'
import { createCarryOut } from './carry-out'
import type { LogsOf } from './execute-with-secrets'
import { createResults } from './results'
import { createServerStop, type ServerStop } from './server-stop'
import { createWorker, type RunnerOrders, type Worker } from './worker'

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
  /** How many runs the web server beside this runner may claim for the worker `workerId`. */
  onRoom(workerId: string, free: number): void
}

export type Runner = {
  start(): void
  /** A run that the web server has claimed for the worker `workerId`. It waits for a slot where all are taken. */
  accept(workerId: string, run: HeldRun): void
  /** Claims no more. */
  close(): void
  /** Claims no more; resolves when the last run is done. */
  finish(): Promise<void>
  /** Claims no more, gives live runs `drainMs`, then stops the remaining ones. Resolves when all endings are written. */
  drain(drainMs: number): Promise<void>
  /** Kills all runs at once: the lease is lost. Resolves when nothing is left alive. */
  abandon(): Promise<void>
  /** Kills all runs without their grace; their endings are written as usual. */
  kill(cause: StopCause): Promise<void>
  stop(): Promise<void>
}

/** Claims queued runs up to `maxRuns`, carries them out, and writes their endings. */
export function createRunner(options: RunnerOptions): Runner {
  const { sql, lease, notifier, log } = options
  const files = createRunFiles(options.dataDir, log)
  const orders: RunnerOrders = { isClaiming: true, isDraining: false, stopCause: null }
  const serverStop = createServerStop()
  const results = createResults({ find: (runIds) => findResults(sql, options.secretKey, runIds), log })
  const carryOut = createCarryOut({ options, files, results, serverStop })
  const workers = createWorkers(lease, (workerId) =>
    createWorker(options, { workerId, orders, carryOut, onLeft: () => loops.claiming.trigger() }),
  )
  const loops = createRunnerLoops(workers, log)
  notifier.on((heard) => {
    if (heard.includes('runs')) loops.claiming.trigger()
    if (heard.includes('results')) results.trigger()
    if (heard.includes('cancels')) loops.cancelling.trigger()
  })
  const close = () => {
    orders.isClaiming = false
  }
  return {
    start() {
      files.start()
      loops.start()
    },
    accept(workerId, run) {
      const worker = workers.current()
      if (worker?.workerId === workerId) worker.runs.launch(run)
    },
    close,
    async abandon() {
      await workers.giveUp()?.runs.killAll('lease_lost')
    },
    ...createRunnerShutdown({ orders, serverStop, lease, workers, close, stopClaiming: loops.claiming.stop }),
    async stop() {
      close()
      await loops.stop()
    },
  }
}

type Workers = {
  /** The worker that may hold runs: also after its lease has expired, until it is given up. */
  current(): Worker | null
  /** The worker of the lease that is held now: each lease has its own. */
  ofLease(): Worker | null
  giveUp(): Worker | null
}

function createWorkers(lease: Lease, create: (workerId: string) => Worker): Workers {
  let worker: Worker | null = null
  return {
    current: () => worker,
    ofLease() {
      const workerId = lease.workerId()
      if (workerId === null) return null
      if (worker?.workerId !== workerId) worker = create(workerId)
      return worker
    },
    giveUp() {
      const lost = worker
      worker = null
      return lost
    },
  }
}

function createRunnerLoops(workers: Workers, log: Log) {
  const every = { everyMs: 1000, jitter: 0.2, log }
  const claiming = createLoop({ name: 'claim', ...every, run: async () => workers.ofLease()?.claims.fill() })
  const reconciling = createLoop({
    name: 'reconcile',
    ...every,
    run: async () => workers.current()?.claims.reconcile(),
  })
  const cancelling = createLoop({ name: 'cancels', ...every, run: async () => workers.current()?.stopCancelled() })
  const all = [claiming, reconciling, cancelling]
  return {
    claiming,
    cancelling,
    start() {
      for (const loop of all) loop.start()
    },
    stop: () => Promise.all(all.map((loop) => loop.stop())),
  }
}

/** The ways in which a runner ends: its runs finish, or they are stopped after `drainMs`, or they are killed. */
function createRunnerShutdown(parts: {
  orders: RunnerOrders
  serverStop: ServerStop
  lease: Lease
  workers: Workers
  close(): void
  stopClaiming(): Promise<void>
}): Pick<Runner, 'finish' | 'drain' | 'kill'> {
  const { orders, serverStop, lease, workers } = parts

  async function finish() {
    parts.close()
    const draining = lease.drain()
    await parts.stopClaiming()
    await draining
    for (let worker = workers.current(); worker; worker = workers.current()) {
      await worker.runs.allDone()
      await worker.claims.settle()
      if (worker.runs.byId.size === 0) break
    }
  }

  return {
    finish,
    async drain(drainMs) {
      orders.isDraining = true
      serverStop.begin()
      const timer = setTimeout(() => {
        orders.stopCause = 'server_stopped'
        void workers.current()?.runs.stopAll('server_stopped')
      }, drainMs)
      await finish()
      clearTimeout(timer)
    },
    async kill(cause) {
      orders.stopCause = cause
      if (cause === 'server_stopped') serverStop.begin()
      await workers.current()?.runs.killAll(cause)
    },
  }
}
