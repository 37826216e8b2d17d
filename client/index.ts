import { createTRPCClient, httpBatchLink, splitLink, type TRPCClient, wsLink } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '@/server/api/routers/app-router'
import { openSocket, type Socket } from './socket'

/** What each procedure takes and answers: `Outputs['run']['get']`. */
export type Inputs = inferRouterInputs<AppRouter>
export type Outputs = inferRouterOutputs<AppRouter>

/** Every procedure of the API, and the socket that its subscriptions share. A program ends only after `close`. */
export type ReveilleClient = TRPCClient<AppRouter> & Pick<Socket, 'brake' | 'release' | 'close'>

/**
 * Calls go over HTTP, subscriptions over a socket that the first one opens and that comes back when it is cut; both as
 * who the token says. Calls reject with a TRPCClientError whose `message` is a sentence and whose `data.reason` a code.
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

/** The client answers to any name, so that nothing can be added to it: ours are looked for first. */
function withSocket(client: TRPCClient<AppRouter>, socket: Pick<Socket, 'brake' | 'release' | 'close'>) {
  return new Proxy(client, {
    get: (target, name) => Reflect.get(Object.hasOwn(socket, name) ? socket : target, name),
  }) as ReveilleClient
}
