import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, RequestListener } from 'node:http'
import { actorOf } from '@/server/api/rest/caller'
import { appRouter } from '@/server/api/routers/app-router'
import type { Services } from '@/server/api/trpc/context'
import { createCallerFactory } from '@/server/api/trpc/init'

const createCaller = createCallerFactory(appRouter)
export type PageCalls = ReturnType<typeof createCaller>

declare global {
  /** What a page may ask while it is rendered; null outside of a request. */
  var reveillePageCalls: (() => PageCalls | null) | undefined
}

/**
 * Lets pages read what they show first while they are rendered, as whoever asked for them. Pages are bundled apart from
 * the server, but live in its process: they meet in the one thing that both have.
 */
export function withPageCalls(services: Services, pages: RequestListener): RequestListener {
  const requests = new AsyncLocalStorage<IncomingMessage>()
  globalThis.reveillePageCalls = () => {
    const request = requests.getStore()
    if (!request) return null
    const actor = actorOf(services, request)
    actor.catch(() => {})
    return createCaller({ services, socket: null, actor: () => actor, caller: services.guard.caller(request) })
  }
  return (request, response) => requests.run(request, () => pages(request, response))
}
