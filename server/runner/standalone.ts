import type { RequestListener } from 'node:http'
import { authenticate, bearerOf } from '@/server/access/authenticate'
import { createMetrics, getReady } from '@/server/api/health'
import { sendFailure, sendJson } from '@/server/api/respond'
import { Failure } from '@/server/domain/errors'
import { failureOf } from '@/server/trpc/errors'
import type { RoleServer, ServerParts } from '@/server/web'
import { createRunnerServices } from './services'

/** Role `runner`: one process that executes runs and serves only its health. */
export function createRunnerServer(parts: ServerParts): RoleServer {
  const { env, log, connection, database, door, publicUrl, group } = parts
  const services = createRunnerServices({
    env,
    log,
    connection,
    database,
    settings: { group, bootPid: process.pid, apiUrl: publicUrl, url: door.url },
    send: () => {},
  })
  return {
    name: 'runner',
    heartbeat: { nudge: (...nudges) => services.nudges.send(...nudges) },
    hurry: () => void services.kill(),
    async start() {
      await services.start()
      door.serve(createListener(parts), null)
    },
    stop: () => services.leave(env.drainMs),
  }
}

function createListener({ env, database, secretKey, log }: ServerParts): RequestListener {
  const metrics = createMetrics(database.sql)
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(env.host)
  const access = { sql: database.sql, secretKey, operatorToken: env.token }
  return async (request, response) => {
    try {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname === '/healthz') return sendJson(response, 200, { ok: true })
      if (pathname === '/readyz') return await getReady(database.sql, response)
      if (pathname !== '/metrics')
        throw new Failure('not_found', 'This server only executes runs: its API is another one.')
      const bearer = bearerOf(request.headers.authorization)
      if (!isLoopback && !(await authenticate(access, { bearer, session: null }))) {
        throw new Failure('unauthenticated', 'Send a token: Authorization: Bearer TOKEN.')
      }
      await metrics(response)
    } catch (error) {
      log.warn({ err: error, url: request.url }, 'a request failed')
      sendFailure(response, failureOf(error))
    }
  }
}
