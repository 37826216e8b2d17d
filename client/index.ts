import { createTRPCClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '@/server/api/routers/app-router'
import { openSocket, type Socket } from './socket'

/** Inputs and outputs of all procedures, such as `Outputs['run']['get']`. */
export type Inputs = inferRouterInputs<AppRouter>
export type Outputs = inferRouterOutputs<AppRouter>

/** All procedures of the API, and the socket that subscriptions share. It keeps the process alive until `close`. */
export type ReveilleClient = TRPCClient<AppRouter> & Pick<Socket, 'brake' | 'release' | 'close'>

/**
 * Calls use HTTP. Subscriptions share a socket, which the first one opens and which reconnects by itself. Both authenticate
 * with the token. Calls reject with a TRPCClientError, whose `message` is a sentence and whose `data.reason` is a code.
 */
export function createReveilleClient(options: { url: string; token: string }): ReveilleClient {
  const url = options.url.replace(/\/+$/, '')
  const { client: socketClient, ...socket } = openSocket(url, options.token)
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: wsLink({ client: socketClient }),
        false: httpBatchLink({
          url: `${url}/api/trpc`,
          headers: { authorization: `Bearer ${options.token}` },
          maxURLLength: 8000,
        }),
      }),
    ],
  })
  return withSocket(client, socket)
}

/** The tRPC client has a value for every property name, so that ours must take precedence in a proxy. */
function withSocket(client: TRPCClient<AppRouter>, socket: Pick<Socket, 'brake' | 'release' | 'close'>) {
  return new Proxy(client, {
    get: (target, name) => Reflect.get(Object.hasOwn(socket, name) ? socket : target, name),
  }) as ReveilleClient
}
