import { createTRPCClient, createWSClient, httpBatchLink, splitLink, wsLink } from '@trpc/client'
import type { inferRouterOutputs } from '@trpc/server'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import type { AppRouter } from '@/server/api/routers/app-router'
import { reconnectDelayMs } from './reconnect-delay'

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()

export type Outputs = inferRouterOutputs<AppRouter>
export type Api = ReturnType<typeof useTRPC>
export type ApiClient = ReturnType<typeof useTRPCClient>

export type Company = Outputs['company']['list']['items'][number]
export type Agent = Outputs['agent']['list']['items'][number]
export type Run = Outputs['run']['list']['items'][number]
export type WholeRun = Outputs['run']['get']
export type RunEvent = Outputs['run']['events']['items'][number]
export type Wakeup = Outputs['wakeup']['list']['items'][number]

/**
 * Queries and mutations use HTTP; subscriptions share one socket, which is open only while there are any. There is no
 * socket when a page is rendered on the server.
 */
export function createApiLinks() {
  const http = httpBatchLink({ url: '/api/trpc', maxURLLength: 8_000 })
  if (typeof window === 'undefined') return { client: createTRPCClient<AppRouter>({ links: [http] }), socket: null }
  const socket = createWSClient({
    url: () => `${window.location.origin.replace(/^http/, 'ws')}/api/trpc`,
    lazy: { enabled: true, closeMs: 5_000 },
    keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5_000 },
    retryDelayMs: (attempt) => reconnectDelayMs(attempt),
  })
  const links = [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: wsLink({ client: socket }),
      false: http,
    }),
  ]
  return { client: createTRPCClient<AppRouter>({ links }), socket }
}

export type ApiSocket = ReturnType<typeof createApiLinks>['socket']
