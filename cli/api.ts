import { createTRPCClient, httpBatchLink, splitLink, wsLink } from '@trpc/client'
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '@/server/routers/app-router'
import { openSocket } from './socket'

type Outputs = inferRouterOutputs<AppRouter>
export type Company = Outputs['company']['list']['items'][number]
export type Agent = Outputs['agent']['list']['items'][number]
export type Run = Outputs['run']['list']['items'][number]
export type LogEntry = Outputs['run']['log']['entries'][number]
export type Api = ReturnType<typeof openApi>['client']

/** Calls go over HTTP, subscriptions over a socket that the first one opens. */
export function openApi(url: string, token: string) {
  const socket = openSocket(url, token)
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: wsLink({ client: socket.client }),
        false: httpBatchLink({
          url: `${url}/api/trpc`,
          headers: { authorization: `Bearer ${token}` },
          maxURLLength: 8000,
        }),
      }),
    ],
  })
  return { client, socket }
}

/** Every item of a list, page by page. */
export async function allOf<T>(
  page: (cursor: string | null) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const answer = await page(cursor)
    items.push(...answer.items)
    cursor = answer.nextCursor
  } while (cursor !== null)
  return items
}
