import type { Connection, RawSql } from '@/db/connection'
import { aloneMsOf, type Lease } from '@/server/engine/leases/lease'
import { createNotifier, type Notifier } from '@/server/live/notifier'
import { createLocalLogStore, smallestPackedBytes } from '@/server/logs/local'
import type { Env } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import { loadSecretKey } from '@/server/platform/secret-key'
import { startedTicksOf } from '@/server/processes/process-table'
import type { FromRunner, RunnerSettings } from '@/server/runner/messages'
import { createRunner, type Runner } from '@/server/runner/runner'
import { openLease } from './open-lease'

export type RunnerServices = {
  notifier: Notifier
  lease: Lease
  runner: Pick<Runner, 'accept'>
  start(): Promise<void>
  /** Claims no more. */
  close(): void
  /** Drains for `drainMs`, or finishes without a limit (null), then ends the lease in order. */
  leave(drainMs: number | null): Promise<void>
  /** Gives the runs `drainMs`, then stops them. */
  drain(drainMs: number): Promise<void>
  /** Kills the runs without their grace. */
  kill(): Promise<void>
}

type RunnerServicesOptions = {
  env: Env
  log: Log
  connection: Connection
  /** Ended with the services. */
  sql: RawSql
  settings: RunnerSettings
  send(message: FromRunner): void
}

/** Everything a runner is made of: its lease, its notifier, its runs. The same in a process of its own and in role runner. */
export function createRunnerServices(options: RunnerServicesOptions): RunnerServices {
  const { log, sql, settings, send } = options
  const lease = openRunnerLease(options, () => runner.abandon())
  const notifier = createNotifier({
    sql,
    group: settings.group,
    hasOthers: () => lease.hasOthers(),
    toSibling(list) {
      if (list.includes('live')) send({ type: 'notify', topics: ['live'] })
    },
    log,
  })
  const runner = createRunnerOf(options, lease, notifier)
  let begun = Promise.resolve()
  const begin = async () => {
    await lease.start()
    runner.start()
    await notifier.start()
  }
  return {
    notifier,
    lease,
    runner,
    start() {
      begun = begin()
      return begun
    },
    close: () => runner.close(),
    drain: (drainMs) => runner.drain(drainMs),
    kill: () => runner.kill('server_stopped'),
    async leave(drainMs) {
      runner.close()
      // A lease whose row is just being written would stay behind.
      await begun.catch(() => {})
      await (drainMs === null ? runner.finish() : runner.drain(drainMs))
      await runner.stop()
      await lease.stop()
      await notifier.stop()
      await sql.end({ timeout: 5 })
    },
  }
}

function openRunnerLease(options: RunnerServicesOptions, onLost: () => Promise<void>): Lease {
  const { env, connection, settings, send } = options
  return openLease(options, {
    aloneMs: aloneMsOf(connection, env.leaseMs),
    identity: {
      pid: settings.bootPid,
      runnerPid: process.pid,
      runnerStartedTicks: startedTicksOf(process.pid),
      url: settings.url,
      maxRuns: env.maxRuns,
    },
    onLost,
    onWorkerStarted: (workerId) => send({ type: 'worker', workerId }),
    onRenewed: (any) => send({ type: 'others', any }),
  })
}

function createRunnerOf(
  { env, log, sql, settings, send }: RunnerServicesOptions,
  lease: Lease,
  notifier: Notifier,
): Runner {
  const { dataDir, maxRuns, leaseMs } = env
  return createRunner({
    sql,
    lease,
    notifier,
    logsOf: (redactor) =>
      createLocalLogStore({
        dataDir,
        maxBytes: env.maxLogBytes,
        archiveFromBytes: env.s3 ? 1 : smallestPackedBytes,
        transforms: redactor ? () => [redactor.transform()] : undefined,
      }),
    log,
    dataDir,
    apiUrl: settings.apiUrl,
    secretKey: loadSecretKey(dataDir, env),
    maxRuns,
    leaseMs,
    onLog: (runId, what) => send({ type: 'log', runId, what }),
    onRoom: (workerId, free) => send({ type: 'room', workerId, free }),
  })
}
