import type { Database } from '@/db/client'
import { createReaper } from '@/server/engine/reaper/reaper'
import { cancelInBatches } from '@/server/engine/runs/cancel-company-runs'
import { tick } from '@/server/engine/timers/tick'
import { rollUp } from '@/server/insight/statistics/roll-up'
import type { Topic } from '@/server/live/notifier'
import { createLogStores } from '@/server/logs/log-stores'
import type { Env } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import { machineId } from '@/server/platform/machine'
import type { Service } from '@/server/platform/service'

/**
 * What every server does whatever its role: fires due timers, ends what lost servers left, counts what has ended, and
 * cancels the runs of companies that were paused.
 */
export function createHeartbeat(options: {
  env: Env
  log: Log
  database: Database
  notify(...topics: Topic[]): void
  onRunsReaped?(runIds: string[]): void
}): Service {
  const { env, log, notify } = options
  const { sql } = options.database
  const timers = createLoop({
    name: 'timers',
    everyMs: env.tickMs,
    jitter: 0.1,
    log,
    run: async () => {
      if ((await tick(sql, log)) > 0) notify('runs', 'live')
    },
  })
  const counting = createLoop({
    name: 'run-stats',
    everyMs: 3_000,
    jitter: 0.2,
    log,
    run: async (signal) => {
      await rollUp(sql, signal)
    },
  })
  const cancelling = createLoop({
    name: 'company-cancels',
    everyMs: 1000,
    jitter: 0.2,
    log,
    run: async (signal) => {
      if ((await cancelInBatches(sql, log, signal)) > 0) notify('cancels', 'live')
    },
  })
  const reaper = createReaper({
    sql,
    log,
    machine: machineId(),
    leaseMs: env.leaseMs,
    logs: createLogStores({ dataDir: env.dataDir, maxBytes: env.maxLogBytes }),
    onReaped(ended) {
      notify('runs', 'live')
      options.onRunsReaped?.(ended.map((run) => run.runId))
    },
  })
  return {
    name: 'heartbeat',
    async start() {
      timers.start()
      reaper.start()
      counting.start()
      cancelling.start()
    },
    stop: () => Promise.all([timers.stop(), reaper.stop(), counting.stop(), cancelling.stop()]),
  }
}
