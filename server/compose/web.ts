import { createServer } from 'node:http'
import { hostname } from 'node:os'
import type { Connection, Database } from '@/db/client'
import { openClient } from '@/db/connection'
import { packageRoot } from '@/db/package-root'
import { createGuard } from '@/server/api/network/guard'
import { isLoopbackName } from '@/server/api/network/hosts'
import { createLimits } from '@/server/api/network/limits'
import type { Services } from '@/server/api/trpc/context'
import { createLease } from '@/server/engine/leases/lease'
import { createRunnerWatch } from '@/server/engine/reaper/own-runner'
import { recoverLeftovers } from '@/server/engine/reaper/recover'
import { createReauthorizer } from '@/server/identity/access/reauthorize'
import { createRetention } from '@/server/insight/retention/retention'
import { createFeed } from '@/server/live/feed'
import { createNotifier, type Topic } from '@/server/live/notifier'
import { createArchiver } from '@/server/logs/archiver'
import { createLogStores, storeIdOf } from '@/server/logs/log-stores'
import { openArchive } from '@/server/logs/open-archive'
import { createRemotes } from '@/server/logs/remote'
import { createRunLogs } from '@/server/logs/run-logs'
import type { Env } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import { machineId } from '@/server/platform/machine'
import type { Service } from '@/server/platform/service'
import { createRequestListener } from './http'
import type { Door } from './listen'
import { withPageCalls } from './page-calls'
import { createSupervisor } from './supervise'
import { createWebSockets, type UpgradeListener } from './websocket'

export type ServerParts = {
  env: Env
  log: Log
  connection: Connection
  database: Database
  secretKey: Buffer
  door: Door
  publicUrl: string
  /** Where the other servers reach this one. */
  internalUrl: string
  /** Names the processes of this server among those that share the database. */
  group: string
  /** Since it was asked to stop. */
  isStopping(): boolean
}

export type RoleServer = Service & {
  /** A second wish to stop. */
  forceStop(): void
  heartbeat: { notify(...topics: Topic[]): void; onRunsReaped?(runIds: string[]): void }
}

/** Pages, API and live streams; in role `all` also one runner beside it, in role `web` a lease that says it is there. */
export async function createWebServer(parts: ServerParts): Promise<RoleServer> {
  const { env, log, database, door, publicUrl } = parts
  const machine = machineId()
  const stores = createLogStores({ dataDir: env.dataDir, maxBytes: env.maxLogBytes })
  const { archive, archived } = await openArchive(env)
  const logs = createRunLogs(database.sql, { stores, archived, remotes: createRemotes(parts.secretKey) })
  const archiver = createArchiver({ sql: database.sql, dataDir: env.dataDir, archive, log })
  const retention = createRetention({ sql: database.sql, stores, archived, keep: env.keep, log })
  const feed = createFeed(database.sql, log)
  const runner = env.role === 'all' ? superviseRunner() : null
  const lease = env.role === 'web' ? webLease(parts, machine) : null
  const notifier = createNotifier({
    sql: database.sql,
    group: parts.group,
    hasOthers: () => lease?.hasOthers() ?? hasOthers,
    // Live events are for screens, which are here.
    toSibling: (topics) => runner?.notify(topics.filter((topic) => topic !== 'live')),
    log,
  })
  let hasOthers = true
  notifier.on((heard) => {
    if (heard.includes('live')) feed.trigger()
  })

  function superviseRunner() {
    return createSupervisor({
      log,
      dataDir: env.dataDir,
      settings: { group: parts.group, bootPid: process.pid, apiUrl: publicUrl, url: parts.internalUrl },
      onMessage(message) {
        if (message.type === 'notify') notifier.receive(message.topics)
        if (message.type === 'log') heardOf(message.runId, message.what)
        if (message.type === 'others') hasOthers = message.any
      },
      onDied: () => recover(),
    })
  }

  function heardOf(runId: string, what: 'grew' | 'ended') {
    logs.notifier.notify(runId, what)
    if (what === 'ended') archiver.trigger()
  }

  async function recover() {
    const reaped = await recoverLeftovers({
      sql: database.sql,
      log,
      machine,
      leaseMs: env.leaseMs,
      logs: logs.stores,
      onReaped: () => notifier.notify('runs', 'live'),
    })
    for (const runId of reaped) logs.notifier.notify(runId, 'ended')
  }

  const watching = createRunnerWatch({
    sql: database.sql,
    leaseMs: env.leaseMs,
    log,
    serverId: () => runner?.serverId() ?? null,
    replace: (serverId) => runner?.replace(serverId),
  })

  const pages = await preparePages(env)
  const limits = createLimits()
  const reauthorizer = createReauthorizer({ sql: database.sql, log })
  const services: Services = {
    database,
    access: { sql: database.sql, secretKey: parts.secretKey, operatorToken: env.token },
    publicUrl,
    notifier,
    runner: runner?.runner ?? null,
    feed,
    logs,
    log,
    wakeBounds: env.wakeBounds,
    limits,
    reauthorizer,
    guard: createGuard({ ...env, publicUrl, limits }),
  }
  const sockets = createWebSockets({ services, pages: pages.upgrade })
  const isLoopback = isLoopbackName(env.host)

  return {
    name: 'web',
    heartbeat: {
      notify: (...topics) => notifier.notify(...topics),
      onRunsReaped: (runIds) => {
        for (const runId of runIds) logs.notifier.notify(runId, 'ended')
      },
    },
    forceStop: () => runner?.stopNow(),
    async start() {
      await feed.start()
      await reauthorizer.start()
      await notifier.start()
      await recover()
      await lease?.start()
      await runner?.start()
      if (runner) watching.start()
      archiver.start()
      retention.start()
      door.serve(
        createRequestListener({
          services,
          isLoopback,
          isStopping: parts.isStopping,
          pages: withPageCalls(services, pages.request),
        }),
        sockets.upgrade,
      )
    },
    async stop() {
      await Promise.all([runner?.stop(env.drainMs), watching.stop(), archiver.stop(), retention.stop()])
      await lease?.stop()
      sockets.stop()
      await notifier.stop()
      await reauthorizer.stop()
      await feed.stop()
      await pages.close()
    },
  }
}

function webLease({ env, log, connection, internalUrl }: ServerParts, machine: string) {
  const sql = openClient(connection, { max: 1, applicationName: 'reveille lease', leaseMs: env.leaseMs })
  const lease = createLease({
    sql,
    leaseMs: env.leaseMs,
    // It runs nothing that an outage could cost.
    aloneMs: 0,
    log,
    onLost: async () => {},
    identity: {
      role: 'web',
      host: hostname(),
      machine,
      pid: process.pid,
      dataDir: env.dataDir,
      storeId: storeIdOf(env.dataDir),
      runnerPid: null,
      runnerStartedTicks: null,
      url: internalUrl,
      maxRuns: 0,
    },
  })
  return {
    ...lease,
    async stop() {
      await lease.stop()
      await sql.end({ timeout: 5 })
    },
  }
}

/** Next attaches an upgrade listener of its own to the server it is given: it gets one that nobody connects to. */
async function preparePages(env: Env) {
  const dev = process.env.NODE_ENV === 'development'
  // Loaded only where there are pages.
  const { default: next } = await import('next')
  const app = next({ dev, dir: packageRoot(), hostname: env.host, port: env.port, httpServer: createServer() })
  await app.prepare()
  const upgrade = dev ? hotReloadOf(app) : null
  return { request: app.getRequestHandler(), upgrade, close: () => app.close() }
}

/** Of a custom server, `getUpgradeHandler` leads past hot reload, without which no page comes alive; the type hides the other. */
function hotReloadOf(app: object): UpgradeListener {
  const { upgradeHandler } = app as { upgradeHandler: UpgradeListener }
  return (request, socket, head) => void upgradeHandler(request, socket, head)
}
