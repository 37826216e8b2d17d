import { and, eq, isNotNull } from 'drizzle-orm'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import type { StopCause } from '@/server/adapters/adapter'
import { isRunning } from '@/server/engine/runs/status-filters'
import { type Claims, createClaims } from './claims'
import { createLiveRuns, type LiveRun, type LiveRuns } from './live-runs'
import { createOutbox, type Outbox } from './outbox'
import type { RunnerOptions } from './runner'
import { createSlots, type Slots } from './slots'

/** One incarnation of the runner: its id is on every claim and every write. */
export type Worker = {
  workerId: string
  runs: LiveRuns
  claims: Claims
  outbox: Outbox
  slots: Slots
  /** Stops the runs whose cancellation was requested. */
  stopCancelled(): Promise<void>
}

/** What the runner has been told. It is valid for each of its workers. */
export type RunnerOrders = { isClaiming: boolean; isDraining: boolean; stopCause: StopCause | null }

export function createWorker(
  options: RunnerOptions,
  parts: {
    workerId: string
    orders: RunnerOrders
    carryOut(worker: Worker, run: LiveRun): Promise<void>
    /** A slot may be free. */
    onLeft(): void
  },
): Worker {
  const { sql, lease, notifier, log, maxRuns, leaseMs } = options
  const { workerId, orders } = parts
  const isHeld = () => lease.workerId() === workerId
  const runs = createLiveRuns({
    carryOut: (run) => parts.carryOut(worker, run),
    stopCause: () => orders.stopCause,
    onLeft: parts.onLeft,
    log,
  })
  const claims = createClaims({
    sql,
    workerId,
    maxRuns,
    leaseMs,
    isHeld,
    isOpen: () => orders.isClaiming,
    live: runs.byId,
    launch: runs.launch,
    onClaimed: () => notifier.notify('live'),
    onRoom: (free) => options.onRoom(workerId, free),
  })
  const outbox = createOutbox({
    sql,
    workerId,
    write: claims.end,
    log,
    isHeld,
    // A server that stops does not wait for ever: the reaper ends the runs whose endings could not be written.
    patienceMs: () => (orders.isDraining ? leaseMs : Number.POSITIVE_INFINITY),
    underWay: () => runs.byId.size,
    onNoted: () => notifier.notify('live'),
    onEnded: () => notifier.notify('runs', 'live'),
  })
  const worker: Worker = {
    workerId,
    runs,
    claims,
    outbox,
    slots: createSlots(maxRuns),
    async stopCancelled() {
      if (runs.byId.size === 0) return
      const cancelled = await drizzleOn(sql)
        .select({ id: heartbeatRuns.id, code: heartbeatRuns.cancelCode })
        .from(heartbeatRuns)
        .where(and(eq(heartbeatRuns.workerId, workerId), isRunning, isNotNull(heartbeatRuns.cancelRequestedAt)))
      for (const { id, code } of cancelled) runs.stop(id, code ?? 'cancelled')
    },
  }
  return worker
}
