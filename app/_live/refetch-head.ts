import type { InfiniteData, QueryClient, QueryFilters } from '@tanstack/react-query'
import { type HeadPage, mergeHead } from './merge-head'

type Row = { id: string }
type Lists = {
  filter: QueryFilters
  /** Fetches a page of the list with this input. */
  read: (input: object, cursor: string | undefined) => Promise<HeadPage<Row>>
  /** Whether rows keep their order, because they are sorted by creation. */
  isOrderFixed: boolean
}

/** Only a page that was asleep for a while misses more rows than these pages have. */
const mostPages = 5

/**
 * Refetches the head of infinite lists, mostly one page, however many rows are loaded. Rows further down are updated by
 * live events. Lists that are not mounted are marked stale.
 */
export async function refetchHead(queryClient: QueryClient, { filter, read, isOrderFixed }: Lists): Promise<void> {
  await queryClient.invalidateQueries({ ...filter, type: 'inactive', refetchType: 'none' })
  const mounted = queryClient.getQueryCache().findAll({ ...filter, type: 'active' })
  await Promise.all(
    mounted.map(async ({ queryKey }) => {
      const pagesOf = () => queryClient.getQueryData<InfiniteData<HeadPage<Row>>>(queryKey)?.pages
      if (!pagesOf()) return
      let head = await read(inputOf(queryKey), undefined)
      for (let count = 1; count < mostPages && !meets(pagesOf(), head); count++) {
        const next = await read(inputOf(queryKey), head.nextCursor ?? undefined)
        head = { items: [...head.items, ...next.items], nextCursor: next.nextCursor }
      }
      queryClient.setQueryData<InfiniteData<HeadPage<Row>>>(queryKey, (data) => {
        if (!data) return data
        const pages = mergeHead(data.pages, head, { isOrderFixed })
        return pages ? { pages, pageParams: data.pageParams.slice(0, pages.length) } : onlyHead(data, head)
      })
    }),
  )
}

function meets(pages: readonly HeadPage<Row>[] | undefined, head: HeadPage<Row>): boolean {
  return !pages || mergeHead(pages, head) !== null
}

function onlyHead(data: InfiniteData<HeadPage<Row>>, head: HeadPage<Row>): InfiniteData<HeadPage<Row>> {
  return { pages: [head], pageParams: data.pageParams.slice(0, 1) }
}

/** tRPC's query keys are `[path, { input, type }]`. */
function inputOf(queryKey: readonly unknown[]): object {
  const [, options] = queryKey
  return typeof options === 'object' && options !== null && 'input' in options ? Object(options.input) : {}
}
