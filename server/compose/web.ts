import { createGuard } from '@/server/api/network/guard'
import { isLoopbackName } from '@/server/api/network/hosts'
import { createLimits } from '@/server/api/network/limits'
import type { Services } from '@/server/api/trpc/context'
import { recoverLeftovers } from '@/server/engine/reaper/recover'
import { createReauthorizer } from '@/server/identity/access/reauthorize'
import { createFeed } from '@/server/live/feed'
import { createNotifier, type Notifier } from '@/server/live/notifier'
import { createRemotes } from '@/server/logs/remote'
import { machineId } from '@/server/platform/machine'
import { createRequestListener } from './http'
import { createLogServices, type LogServices } from './log-services'
import { openLease } from './open-lease'
import { withPageCalls } from './page-calls'
import { preparePages } from './pages'
import type { RoleServer, ServerParts } from './server-parts'
import { createWebRunner } from './web-runner'
import { createWebSockets } from './websocket'

/** Pages, API and live streams; in role `all` with a runner process, in role `web` with a lease that announces the server. */
export async function createWebServer(parts: ServerParts): Promise<RoleServer> {
  const { env, log, door } = parts
  const { sql } = parts.database
  const logs = await createLogServices(parts, createRemotes(parts.secretKey))
  const feed = createFeed(sql, log)
  const notifier = createNotifier({
    sql,
    group: parts.group,
    hasOthers: () => lease?.hasOthers() ?? runner?.hasOthers() ?? true,
    // Live events are for screens, which are here.
    toSibling: (topics) => runner?.notify(topics.filter((topic) => topic !== 'live')),
    log,
  })
  notifier.on((heard) => {
    if (heard.includes('live')) feed.trigger()
  })
  const recover = () => recoverRuns(parts, notifier, logs)
  const runner = env.role === 'all' ? createWebRunner({ parts, notifier, logs, recover }) : null
  const lease = env.role === 'web' ? openWebLease(parts) : null
  const pages = await preparePages(env)
  const reauthorizer = createReauthorizer({ sql, log })
  const services = createApiServices(parts, {
    notifier,
    feed,
    reauthorizer,
    logs: logs.logs,
    runner: runner?.runner ?? null,
  })
  const sockets = createWebSockets({ services, pages: pages.upgrade })
  const listener = createRequestListener({
    services,
    isLoopback: isLoopbackName(env.host),
    isStopping: parts.isStopping,
    pages: withPageCalls(services, pages.request),
  })
  return {
    name: 'web',
    heartbeat: { notify: (...topics) => notifier.notify(...topics), onRunsReaped: logs.ended },
    forceStop: () => runner?.stopNow(),
    async start() {
      await feed.start()
      await reauthorizer.start()
      await notifier.start()
      await recover()
      await lease?.start()
      await runner?.start()
      logs.start()
      door.serve(listener, sockets.upgrade)
    },
    async stop() {
      await Promise.all([runner?.stop(), logs.stop()])
      await lease?.stop()
      sockets.stop()
      await notifier.stop()
      await reauthorizer.stop()
      await feed.stop()
      await pages.close()
    },
  }
}

/** What the procedures and routes of the API work with. */
function createApiServices(
  { env, log, database, secretKey, publicUrl }: ServerParts,
  live: Pick<Services, 'notifier' | 'feed' | 'reauthorizer' | 'logs' | 'runner'>,
): Services {
  const limits = createLimits()
  return {
    ...live,
    database,
    access: { sql: database.sql, secretKey, operatorToken: env.token },
    publicUrl,
    log,
    wakeBounds: env.wakeBounds,
    limits,
    guard: createGuard({ ...env, publicUrl, limits }),
  }
}

/** Ends or requeues the runs that a runner on this machine has left behind. */
async function recoverRuns({ env, log, database }: ServerParts, notifier: Notifier, { logs, ended }: LogServices) {
  const reaped = await recoverLeftovers({
    sql: database.sql,
    log,
    machine: machineId(),
    leaseMs: env.leaseMs,
    logs: logs.stores,
    onReaped: () => notifier.notify('runs', 'live'),
  })
  ended(reaped)
}

/** It runs nothing that an outage could cost. */
function openWebLease(parts: ServerParts) {
  return openLease(parts, {
    aloneMs: 0,
    onLost: async () => {},
    identity: { pid: process.pid, runnerPid: null, runnerStartedTicks: null, url: parts.internalUrl, maxRuns: 0 },
  })
}
