import { createTRPCClient, createWSClient, httpLink, splitLink, type TRPCClient, wsLink } from '@trpc/client'
import { WebSocket } from 'ws'
import type { AppRouter } from '@/server/routers/app-router'

export type TestClient = TRPCClient<AppRouter>

/** A client of the whole API: calls over HTTP, subscriptions over a socket that comes back when it is cut. */
export function createTestClient(url: string, token: string, retryDelayMs = 50): { client: TestClient; close(): void } {
  const socket = createWSClient({
    url: `${url.replace(/^http/, 'ws')}/api/trpc`,
    connectionParams: { token },
    // Node 20 has none of its own.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    lazy: { enabled: true, closeMs: 1000 },
    retryDelayMs: () => retryDelayMs,
  })
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: wsLink({ client: socket }),
        false: httpLink({ url: `${url}/api/trpc`, headers: { authorization: `Bearer ${token}` } }),
      }),
    ],
  })
  return { client, close: () => void socket.close() }
}
