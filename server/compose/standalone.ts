import type { RequestListener } from 'node:http'
import { and, desc, inArray, isNotNull, isNull } from 'drizzle-orm'
import { drizzleOn } from '@/db/drizzle'
import { servers } from '@/db/schema'
import { createMetrics, getHealth, getReady } from '@/server/api/rest/health'
import { isInternal, serveInternal } from '@/server/api/rest/internal-logs'
import { sendError } from '@/server/api/rest/respond'
import { failureOf } from '@/server/api/trpc/errors'
import { ApiError } from '@/server/domain/errors'
import { recoverLeftovers } from '@/server/engine/reaper/recover'
import { authenticate, bearerOf } from '@/server/identity/access/authenticate'
import { createGate } from '@/server/identity/access/gate'
import { routePermissions } from '@/server/identity/access/permissions'
import type { RunLogs } from '@/server/logs/run-logs'
import { machineId } from '@/server/platform/machine'
import { createLogServices } from './log-services'
import { createRunnerServices } from './runner-services'
import type { RoleServer, ServerParts } from './server-parts'

/** Role `runner`: one process that executes runs, and serves its health and the logs it keeps to other servers. */
export async function createRunnerServer(parts: ServerParts): Promise<RoleServer> {
  const { env, log, connection, database, door, group } = parts
  const apiUrl = env.publicUrl ?? (await urlOfApi(parts))
  const logs = await createLogServices(parts, null)
  const services = createRunnerServices({
    env,
    log,
    connection,
    sql: database.sql,
    settings: { group, bootPid: process.pid, apiUrl, url: parts.internalUrl },
    send(message) {
      if (message.type === 'log') logs.heard(message.runId, message.what)
    },
  })
  return {
    name: 'runner',
    heartbeat: { notify: (...topics) => services.notifier.notify(...topics) },
    forceStop: () => void services.kill(),
    async start() {
      await recoverLeftovers({
        sql: database.sql,
        log,
        machine: machineId(),
        leaseMs: env.leaseMs,
        logs: logs.logs.stores,
        onReaped: () => {},
      })
      await services.start()
      logs.start()
      door.serve(createListener(parts, logs.logs), null)
    },
    async stop() {
      services.close()
      await logs.stop()
      await services.leave(env.drainMs)
    },
  }
}

/** Its agents call a server that has the API: where no address was set, one that shares the database. */
async function urlOfApi({ database, log, door }: ServerParts): Promise<string> {
  const [web] = await drizzleOn(database.sql)
    .select({ url: servers.url })
    .from(servers)
    .where(and(inArray(servers.role, ['all', 'web']), isNull(servers.endedAt), isNotNull(servers.url)))
    .orderBy(desc(servers.renewedAt))
    .limit(1)
  if (!web) log.warn('no server with an API is known: set REVEILLE_PUBLIC_URL so that agents can call back')
  return web?.url ?? door.url
}

function createListener({ env, database, secretKey, log, isStopping }: ServerParts, logs: RunLogs): RequestListener {
  const metrics = createMetrics(database.sql)
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(env.host)
  const access = { sql: database.sql, secretKey, operatorToken: env.token }
  return async (request, response) => {
    try {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname === '/healthz') return getHealth(response)
      if (pathname === '/readyz') return await getReady({ database, isStopping }, response)
      if (isInternal(pathname)) return await serveInternal({ logs, secretKey }, request, response)
      if (pathname !== '/metrics')
        throw new ApiError('not_found', 'This server only executes runs: its API is another one.')
      const bearer = bearerOf(request.headers.authorization)
      if (!isLoopback) {
        const actor = await authenticate(access, { bearer, session: null })
        if (!actor) throw new ApiError('unauthenticated', 'Send a token: Authorization: Bearer TOKEN.')
        await createGate(database.sql, actor, routePermissions['GET /metrics']).installation()
      }
      await metrics(response)
    } catch (error) {
      log.warn({ err: error, url: request.url }, 'a request failed')
      sendError(response, failureOf(error))
    }
  }
}
