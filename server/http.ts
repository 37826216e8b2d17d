import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { createGate } from '@/server/access/gate'
import { routePermissions } from '@/server/access/permissions'
import { Failure } from '@/server/domain/errors'
import { actorOf } from './api/caller'
import { createMetrics, getReady } from './api/health'
import { isOwnOrigin } from './api/origin'
import { sendFailure, sendJson } from './api/respond'
import { getRunLog } from './api/run-log'
import { postRunResult } from './api/run-result'
import { signInRoutes } from './api/sign-in'
import { postWakeup } from './api/wakeups'
import { callerOf, type TrustedProxies } from './network/address'
import { appRouter } from './routers/app-router'
import type { Context, Services } from './trpc/context'
import { failureOf } from './trpc/errors'

const maxBodyBytes = 2 * 1_048_576
const batchMs = 500

export type HttpOptions = {
  services: Services
  publicUrl: string
  trusted: TrustedProxies
  isLoopback: boolean
  pages: RequestListener
}

/** The one request router. What is not ours goes to the pages. */
export function createRequestListener(options: HttpOptions): RequestListener {
  const { services, publicUrl, trusted } = options
  const isSecure = publicUrl.startsWith('https:')
  const metrics = createMetrics(services.database.sql)
  const trpc = createHTTPHandler({
    router: appRouter,
    basePath: '/api/trpc/',
    maxBodySize: maxBodyBytes,
    allowBatching: true,
    createContext: ({ req }): Context => {
      const whoever = onceAMoment(() => actorOf(services, req))
      return { services, socket: null, actor: whoever, caller: callerOf(req, trusted) }
    },
  })

  async function route(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const { pathname } = url
    if (pathname === '/healthz') return sendJson(response, 200, { ok: true })
    if (pathname === '/readyz') return getReady(services.database.sql, response)
    if (pathname === '/metrics') return serveMetrics(request, response)
    if (!pathname.startsWith('/api/')) return options.pages(request, response)
    if (request.method !== 'GET' && request.method !== 'HEAD' && !isOwnOrigin(request, publicUrl)) {
      throw new Failure('forbidden', 'This request comes from a page of another site.')
    }
    if (pathname.startsWith('/api/trpc/')) return trpc(request, response)
    const wakeups = /^\/api\/agents\/([^/]+)\/wakeups$/.exec(pathname)
    if (wakeups?.[1] && request.method === 'POST')
      return postWakeup(services, wakeups[1], callerOf(request, trusted), request, response)
    const log = /^\/api\/runs\/([^/]+)\/log$/.exec(pathname)
    if (log?.[1] && isReading(request)) return getRunLog(services, log[1], url, request, response)
    const result = /^\/api\/runs\/([^/]+)\/result$/.exec(pathname)
    if (result?.[1] && request.method === 'POST') return postRunResult(services, result[1], request, response)
    const signIn = signInRoutes[`${request.method} ${pathname}`]
    if (signIn) return signIn({ services, isSecure, caller: callerOf(request, trusted), request, response })
    throw new Failure('not_found', 'There is nothing at this address.')
  }

  async function serveMetrics(request: IncomingMessage, response: ServerResponse) {
    if (!options.isLoopback) {
      const actor = await actorOf(services, request)
      if (!actor) throw new Failure('unauthenticated', 'Send a token: Authorization: Bearer TOKEN.')
      await createGate(services.database.sql, actor, routePermissions['GET /metrics']).installation()
    }
    await metrics(response)
  }

  return (request, response) => {
    route(request, response).catch((error) => {
      const failure = failureOf(error)
      if (failure.reason === 'internal') services.log.error({ err: error, url: request.url }, 'a request failed')
      sendFailure(response, failure)
    })
  }
}

function isReading(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

/** Once for all calls of a batch; but what lasts asks again. */
function onceAMoment<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: { at: number; answer: Promise<T> } | undefined
  return () => {
    if (!asked || performance.now() - asked.at > batchMs) asked = { at: performance.now(), answer: ask() }
    return asked.answer
  }
}
