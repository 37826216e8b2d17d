import { hostname } from 'node:os'
import { type Connection, openClient, type RawSql } from '@/db/connection'
import { aloneMsOf, createLease, type Lease } from '@/server/engine/leases/lease'
import { createNotifier, type Notifier } from '@/server/live/notifier'
import { createLocalLogStore, smallestPackedBytes } from '@/server/logs/local'
import { storeIdOf } from '@/server/logs/log-stores'
import type { Env } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import { machineId } from '@/server/platform/machine'
import { loadSecretKey } from '@/server/platform/secret-key'
import { startedTicksOf } from '@/server/processes/process-table'
import type { FromRunner, RunnerSettings } from '@/server/runner/messages'
import { createRunner, type Runner } from '@/server/runner/runner'

export type RunnerServices = {
  notifier: Notifier
  lease: Lease
  runner: Pick<Runner, 'accept'>
  start(): Promise<void>
  /** Claims no more. */
  close(): void
  /** Drains for `drainMs`, or finishes without end (null), then ends the life in order. */
  leave(drainMs: number | null): Promise<void>
  /** Gives what runs `drainMs`, then stops it. */
  drain(drainMs: number): Promise<void>
  /** Kills what runs, without grace. */
  kill(): Promise<void>
}

/** Everything a runner is made of: its lease, its notifier, its runs. The same in a process of its own and in role runner. */
export function createRunnerServices(options: {
  env: Env
  log: Log
  connection: Connection
  /** Ended with the services. */
  sql: RawSql
  settings: RunnerSettings
  send(message: FromRunner): void
}): RunnerServices {
  const { env, log, sql, settings, send } = options
  const leaseClient = openClient(options.connection, {
    max: 1,
    applicationName: 'reveille lease',
    leaseMs: env.leaseMs,
  })
  const secretKey = loadSecretKey(env.dataDir, env)
  let runner: Runner
  const lease = createLease({
    sql: leaseClient,
    leaseMs: env.leaseMs,
    aloneMs: aloneMsOf(options.connection, env.leaseMs),
    log,
    identity: {
      role: env.role,
      host: hostname(),
      machine: machineId(),
      pid: settings.bootPid,
      dataDir: env.dataDir,
      storeId: storeIdOf(env.dataDir),
      runnerPid: process.pid,
      runnerStartedTicks: startedTicksOf(process.pid),
      url: settings.url,
      maxRuns: env.maxRuns,
    },
    onLost: () => runner.abandon(),
    onLife: (serverId) => send({ type: 'life', serverId }),
    onRenewed: (any) => send({ type: 'others', any }),
  })
  const notifier = createNotifier({
    sql,
    group: settings.group,
    hasOthers: () => lease.hasOthers(),
    toSibling(list) {
      if (list.includes('live')) send({ type: 'notify', topics: ['live'] })
    },
    log,
  })
  runner = createRunner({
    sql,
    lease,
    notifier,
    logsOf: (redactor) =>
      createLocalLogStore({
        dataDir: env.dataDir,
        maxBytes: env.maxLogBytes,
        archiveFromBytes: env.s3 ? 1 : smallestPackedBytes,
        transforms: redactor ? () => [redactor.transform()] : undefined,
      }),
    log,
    dataDir: env.dataDir,
    apiUrl: settings.apiUrl,
    secretKey,
    maxRuns: env.maxRuns,
    leaseMs: env.leaseMs,
    onLog: (runId, what) => send({ type: 'log', runId, what }),
    onRoom: (serverId, free) => send({ type: 'room', serverId, free }),
  })
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
      // A life that is just being written would stay behind.
      await begun.catch(() => {})
      await (drainMs === null ? runner.finish() : runner.drain(drainMs))
      await runner.stop()
      await lease.stop()
      await notifier.stop()
      await Promise.all([sql.end({ timeout: 5 }), leaseClient.end({ timeout: 5 })])
    },
  }
}
