import { createTRPCClient, createWSClient, httpLink, splitLink, type TRPCClient, wsLink } from '@trpc/client'
import { WebSocket } from 'ws'
import type { AppRouter } from '@/server/api/routers/app-router'

export type TestClient = TRPCClient<AppRouter>

/** A bearer, the cookie of a browser, or nobody. */
export type Credential = string | { cookie: string } | null

/** A client of the whole API: calls over HTTP, subscriptions over a socket that comes back when it is cut. */
export function createTestClient(
  url: string,
  credential: Credential,
  retryDelayMs = 50,
): { client: TestClient; close(): void } {
  const headers = headersOf(credential)
  class CookieSocket extends WebSocket {
    constructor(address: string) {
      super(address, typeof credential === 'object' ? { headers } : {})
    }
  }
  const socket = createWSClient({
    url: `${url.replace(/^http/, 'ws')}/api/trpc`,
    connectionParams: typeof credential === 'string' ? { token: credential } : null,
    // Node 20 has none of its own.
    WebSocket: CookieSocket as unknown as typeof globalThis.WebSocket,
    lazy: { enabled: true, closeMs: 1000 },
    retryDelayMs: () => retryDelayMs,
  })
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: wsLink({ client: socket }),
        false: httpLink({ url: `${url}/api/trpc`, headers }),
      }),
    ],
  })
  return { client, close: () => void socket.close() }
}

export function headersOf(credential: Credential): Record<string, string> {
  if (credential === null) return {}
  return typeof credential === 'string' ? { authorization: `Bearer ${credential}` } : credential
}
