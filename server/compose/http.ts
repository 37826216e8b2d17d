import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Executor } from '@/db/client'
import { isReading } from '@/server/api/network/origin'
import { urlOf } from '@/server/api/network/request-url'
import { getActivity } from '@/server/api/rest/activity'
import { actorOf } from '@/server/api/rest/caller'
import { createMetrics, getHealth, getReady } from '@/server/api/rest/health'
import { isInternal, serveInternal } from '@/server/api/rest/internal-logs'
import { sendError } from '@/server/api/rest/respond'
import { getRunLog } from '@/server/api/rest/run-log'
import { postRunResult } from '@/server/api/rest/run-result'
import { signInRoutes } from '@/server/api/rest/sign-in'
import { postWakeup } from '@/server/api/rest/wakeups'
import { appRouter } from '@/server/api/routers/app-router'
import type { Context, Services } from '@/server/api/trpc/context'
import { failureOf } from '@/server/api/trpc/errors'
import { createTrpcHandler } from '@/server/api/trpc/http-handler'
import { ApiError } from '@/server/domain/errors'
import { createGate } from '@/server/identity/access/gate'
import { routePermissions } from '@/server/identity/access/permissions'

const maxBodyBytes = 2 * 1_048_576
const batchMs = 500
const mostCallsInBatch = 100

export type HttpOptions = {
  services: Services
  isLoopback: boolean
  pages: RequestListener
  isStopping(): boolean
}

/** The one request router. Requests for other paths go to the pages. */
export function createRequestListener(options: HttpOptions): RequestListener {
  const { services, isStopping } = options
  const { guard } = services
  const metrics = createMetrics(services.database.sql)
  const trpc = createTrpc(services)

  async function route(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = urlOf(request)
    const { pathname } = url
    // Asked by monitoring, under any host name.
    if (pathname === '/healthz') return getHealth(response)
    if (pathname === '/readyz') return getReady({ database: services.database, isStopping }, response)
    // From another server, by an address that need not be a public one; known by its signature.
    if (isInternal(pathname))
      return serveInternal({ logs: services.logs, secretKey: services.access.secretKey }, request, response)
    guard.check(request, response)
    if (pathname === '/metrics') return serveMetrics(request, response)
    if (!pathname.startsWith('/api/')) {
      // Pages are only read: Next could take in more, which nothing here needs.
      if (!isReading(request) && !pathname.startsWith('/__nextjs'))
        throw new ApiError('not_found', 'Pages are only read.')
      guard.page(request, response)
      return options.pages(request, response)
    }
    if (pathname.startsWith('/api/trpc/')) return trpc(request, response, url)
    const wakeups = /^\/api\/agents\/([^/]+)\/wakeups$/.exec(pathname)
    if (wakeups?.[1] && request.method === 'POST')
      return postWakeup(services, wakeups[1], guard.caller(request), request, response)
    const log = /^\/api\/runs\/([^/]+)\/log$/.exec(pathname)
    if (log?.[1] && isReading(request)) return getRunLog(services, log[1], url, request, response)
    const activity = /^\/api\/companies\/([^/]+)\/activity$/.exec(pathname)
    if (activity?.[1] && isReading(request)) return getActivity(services, activity[1], url, request, response)
    const result = /^\/api\/runs\/([^/]+)\/result$/.exec(pathname)
    if (result?.[1] && request.method === 'POST') return postRunResult(services, result[1], request, response)
    const signIn = signInRoutes[`${request.method} ${pathname}`]
    if (signIn) {
      const caller = guard.caller(request)
      services.limits.guest(caller.address ?? '')
      return signIn({ services, isSecure: guard.isTls(request), caller, request, response })
    }
    throw new ApiError('not_found', 'There is nothing at this address.')
  }

  async function serveMetrics(request: IncomingMessage, response: ServerResponse) {
    if (!options.isLoopback) {
      const actor = await actorOf(services, request)
      if (!actor) throw new ApiError('unauthenticated', 'Send a token: Authorization: Bearer TOKEN.')
      await createGate(services.database.sql, actor, routePermissions['GET /metrics']).installation()
    }
    await metrics(response)
  }

  return (request, response) => {
    route(request, response).catch((error) => {
      const failure = failureOf(error)
      if (failure.reason === 'internal') services.log.error({ err: error, url: request.url }, 'a request failed')
      sendError(response, failure)
    })
  }
}

function createTrpc(services: Services) {
  return createTrpcHandler({
    router: appRouter,
    maxBodySize: maxBodyBytes,
    allowBatching: true,
    maxBatchSize: mostCallsInBatch,
    responseMeta: ({ errors }) => {
      const waits = errors.flatMap((error) => failureOf(error).retryAfterSec ?? [])
      return waits.length > 0 ? { headers: { 'retry-after': String(Math.max(...waits)) } } : {}
    },
    createContext(request): Context {
      const ofBatch = onceAMoment(() => actorOf(services, request))
      const actor = (sql?: Executor) => (sql ? actorOf(services, request, sql) : ofBatch())
      return { services, socket: null, actor, caller: services.guard.caller(request) }
    },
  })
}

/** Once for all calls of a batch. */
function onceAMoment<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: { at: number; answer: Promise<T> } | undefined
  return () => {
    if (!asked || performance.now() - asked.at > batchMs) asked = { at: performance.now(), answer: ask() }
    return asked.answer
  }
}
