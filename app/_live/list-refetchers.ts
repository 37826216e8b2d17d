import type { QueryClient, QueryFilters } from '@tanstack/react-query'
import type { Api, ApiClient } from '@/app/_trpc/client'
import type { StaleList } from './patches'
import { refetchHead } from './refetch-head'

type Cache = { api: Api; client: ApiClient; queryClient: QueryClient }

/** Refetches lists: plain queries as a whole, infinite queries at their head. */
export function createListRefetchers({ api, client, queryClient }: Cache): (list: StaleList) => Promise<unknown> {
  const whole = (...filters: QueryFilters[]) =>
    Promise.all(filters.map((filter) => queryClient.invalidateQueries(filter, { cancelRefetch: false })))
  const infinite = (filter: QueryFilters, list: ListQuery, isOrderFixed = true) =>
    refetchHead(queryClient, {
      filter,
      isOrderFixed,
      read: (input, cursor) => list({ ...input, cursor }),
    })
  return (list) => {
    switch (list) {
      case 'runs':
        return Promise.all([
          whole(api.run.list.queryFilter()),
          infinite(api.run.list.infiniteQueryFilter(), client.run.list.query as ListQuery),
        ])
      case 'agents':
        return Promise.all([
          whole(api.agent.list.queryFilter()),
          infinite(api.agent.list.infiniteQueryFilter(), client.agent.list.query as ListQuery, false),
        ])
      case 'wakeups':
        return Promise.all([
          whole(api.wakeup.list.queryFilter()),
          infinite(api.wakeup.list.infiniteQueryFilter(), client.wakeup.list.query as ListQuery),
        ])
      case 'notifications':
        return Promise.all([
          whole(api.notification.unread.pathFilter(), api.notification.list.queryFilter()),
          infinite(api.notification.list.infiniteQueryFilter(), client.notification.list.query as ListQuery),
        ])
      case 'board':
        return whole(api.board.get.pathFilter())
      case 'history':
        return whole(api.board.history.pathFilter())
      case 'costs':
        return whole(api.cost.summary.pathFilter())
    }
  }
}

/** Takes the input that the list was first fetched with. */
type ListQuery = (input: object) => Promise<{ items: { id: string }[]; nextCursor: string | null }>
