import type { Database } from '@/db/client'
import { cancelInBatches } from '@/server/companies/cancel-runs'
import type { Env } from '@/server/env'
import { machineId } from '@/server/leases/machine'
import type { Nudge } from '@/server/live/nudges'
import type { Log } from '@/server/logger'
import { createLogPlaces } from '@/server/logs/places'
import { createLoop } from '@/server/loop'
import { createReaper } from '@/server/reaper/reaper'
import type { Service } from '@/server/service'
import { rollUp } from '@/server/stats/roll-up'
import { tick } from './tick'

/**
 * What every server does whatever its role: fires due timers, ends what lost servers left, counts what has ended, and
 * cancels the runs of companies that were paused.
 */
export function createHeartbeat(options: {
  env: Env
  log: Log
  database: Database
  nudge(...nudges: Nudge[]): void
  onRunsReaped?(runIds: string[]): void
}): Service {
  const { env, log, nudge } = options
  const { sql } = options.database
  const timers = createLoop({
    name: 'timers',
    everyMs: env.tickMs,
    jitter: 0.1,
    log,
    run: async () => {
      if ((await tick(sql, log)) > 0) nudge('runs', 'live')
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
      if ((await cancelInBatches(sql, log, signal)) > 0) nudge('cancels', 'live')
    },
  })
  const reaper = createReaper({
    sql,
    log,
    machine: machineId(),
    leaseMs: env.leaseMs,
    logs: createLogPlaces({ dataDir: env.dataDir, maxBytes: env.maxLogBytes }),
    onReaped(ended) {
      nudge('runs', 'live')
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
