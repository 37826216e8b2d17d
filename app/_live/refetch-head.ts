import type { InfiniteData, QueryClient, QueryFilters } from '@tanstack/react-query'
import { type HeadPage, mergeHead } from './merge-head'

type Row = { id: string }
type Lists = {
  filter: QueryFilters
  /** Reads a page of the list that `input` asks for. */
  read: (input: object, cursor: string | undefined) => Promise<HeadPage<Row>>
  /** Whether rows keep their place: they are ordered by when they came. */
  isOrderFixed: boolean
}

/** More than these would come between two reads only where the page was asleep. */
const mostPages = 5

/**
 * Reads again what of endless lists may have changed: their beginning, one page mostly, whatever number of rows is
 * loaded. Rows further down are kept by their events. A list that is not shown is read when it is.
 */
export async function refetchHead(queryClient: QueryClient, { filter, read, isOrderFixed }: Lists): Promise<void> {
  await queryClient.invalidateQueries({ ...filter, type: 'inactive', refetchType: 'none' })
  const shown = queryClient.getQueryCache().findAll({ ...filter, type: 'active' })
  await Promise.all(
    shown.map(async ({ queryKey }) => {
      const pagesOf = () => queryClient.getQueryData<InfiniteData<HeadPage<Row>>>(queryKey)?.pages
      if (!pagesOf()) return
      let head = await read(inputOf(queryKey), undefined)
      for (let count = 1; count < mostPages && !isMet(pagesOf(), head); count++) {
        const next = await read(inputOf(queryKey), head.nextCursor ?? undefined)
        head = { items: [...head.items, ...next.items], nextCursor: next.nextCursor }
      }
      queryClient.setQueryData<InfiniteData<HeadPage<Row>>>(queryKey, (data) => {
        if (!data) return data
        const pages = mergeHead(data.pages, head, { isOrderFixed })
        return pages ? { pages, pageParams: data.pageParams.slice(0, pages.length) } : begunAnew(data, head)
      })
    }),
  )
}

function isMet(pages: readonly HeadPage<Row>[] | undefined, head: HeadPage<Row>): boolean {
  return !pages || mergeHead(pages, head) !== null
}

function begunAnew(data: InfiniteData<HeadPage<Row>>, head: HeadPage<Row>): InfiniteData<HeadPage<Row>> {
  return { pages: [head], pageParams: data.pageParams.slice(0, 1) }
}

/** As tRPC keeps it: `[path, { input, type }]`. */
function inputOf(queryKey: readonly unknown[]): object {
  const [, asked] = queryKey
  return typeof asked === 'object' && asked !== null && 'input' in asked ? Object(asked.input) : {}
}
