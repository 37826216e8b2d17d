import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Executor } from '@/db/client'
import { createGate } from '@/server/access/gate'
import { routePermissions } from '@/server/access/permissions'
import { Failure } from '@/server/domain/errors'
import { getActivity } from './api/activity'
import { actorOf } from './api/caller'
import { createMetrics, getHealth, getReady } from './api/health'
import { isInternal, serveInternal } from './api/internal-logs'
import { sendFailure } from './api/respond'
import { getRunLog } from './api/run-log'
import { postRunResult } from './api/run-result'
import { signInRoutes } from './api/sign-in'
import { postWakeup } from './api/wakeups'
import { isReading } from './network/origin'
import { urlOf } from './network/request-url'
import { appRouter } from './routers/app-router'
import type { Context, Services } from './trpc/context'
import { failureOf } from './trpc/errors'
import { createTrpcHandler } from './trpc/http-handler'

const maxBodyBytes = 2 * 1_048_576
const batchMs = 500
const mostCallsInBatch = 100

export type HttpOptions = {
  services: Services
  isLoopback: boolean
  pages: RequestListener
  isStopping(): boolean
}

/** The one request router. What is not ours goes to the pages. */
export function createRequestListener(options: HttpOptions): RequestListener {
  const { services, isStopping } = options
  const { guard } = services
  const metrics = createMetrics(services.database.sql)
  const trpc = createTrpcHandler({
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
      return { services, socket: null, actor, caller: guard.caller(request) }
    },
  })

  async function route(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = urlOf(request)
    const { pathname } = url
    // Asked by what watches over the server, under whatever name.
    if (pathname === '/healthz') return getHealth(response)
    if (pathname === '/readyz') return getReady({ database: services.database, isStopping }, response)
    // From another server, by an address that need not be a public one; known by its signature.
    if (isInternal(pathname))
      return serveInternal({ logs: services.logs, secretKey: services.access.secretKey }, request, response)
    guard.check(request, response)
    if (pathname === '/metrics') return serveMetrics(request, response)
    if (!pathname.startsWith('/api/')) {
      // Pages are read; what Next could take in besides is not asked for.
      if (!isReading(request) && !pathname.startsWith('/__nextjs'))
        throw new Failure('not_found', 'Pages are only read.')
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

/** Once for all calls of a batch. */
function onceAMoment<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: { at: number; answer: Promise<T> } | undefined
  return () => {
    if (!asked || performance.now() - asked.at > batchMs) asked = { at: performance.now(), answer: ask() }
    return asked.answer
  }
}
