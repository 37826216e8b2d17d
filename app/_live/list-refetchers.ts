import type { QueryClient, QueryFilters } from '@tanstack/react-query'
import type { Api, ApiClient } from '@/app/_trpc/client'
import type { StaleList } from './patches'
import { refetchHead } from './refetch-head'

type Place = { api: Api; client: ApiClient; queryClient: QueryClient }

/** How each kind of list is read again: short ones as a whole, endless ones from their beginning. */
export function createListRefetchers({ api, client, queryClient }: Place): (list: StaleList) => Promise<unknown> {
  const whole = (...filters: QueryFilters[]) =>
    Promise.all(filters.map((filter) => queryClient.invalidateQueries(filter, { cancelRefetch: false })))
  const endless = (filter: QueryFilters, list: ReaderOf, isOrderFixed = true) =>
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
          endless(api.run.list.infiniteQueryFilter(), client.run.list.query as ReaderOf),
        ])
      case 'agents':
        return Promise.all([
          whole(api.agent.list.queryFilter()),
          endless(api.agent.list.infiniteQueryFilter(), client.agent.list.query as ReaderOf, false),
        ])
      case 'wakeups':
        return Promise.all([
          whole(api.wakeup.list.queryFilter()),
          endless(api.wakeup.list.infiniteQueryFilter(), client.wakeup.list.query as ReaderOf),
        ])
      case 'notifications':
        return Promise.all([
          whole(api.notification.unread.pathFilter(), api.notification.list.queryFilter()),
          endless(api.notification.list.infiniteQueryFilter(), client.notification.list.query as ReaderOf),
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

/** A list is read again with the very input that it was read with. */
type ReaderOf = (input: object) => Promise<{ items: { id: string }[]; nextCursor: string | null }>
