import { newerRow } from './patches'

type Row = { id: string }
export type HeadPage<Item extends Row> = { items: Item[]; nextCursor: string | null }

/**
 * Merges the refetched head of a list into its loaded pages; null if the two do not overlap. Rows that are missing from
 * the head are removed. If the order is not fixed they may only have moved, and stay at the end of the first page.
 */
export function mergeHead<Item extends Row>(
  pages: readonly HeadPage<Item>[],
  head: HeadPage<Item>,
  { isOrderFixed = true } = {},
): HeadPage<Item>[] | null {
  const [first, ...others] = pages
  if (!first) return null
  const isWhole = head.nextCursor === null
  const fresh = new Set(head.items.map((item) => item.id))
  const known = new Map(pages.flatMap((page) => page.items).map((item) => [item.id, item]))
  const lastOverlap = [...known.keys()].findLastIndex((id) => fresh.has(id))
  if (lastOverlap < 0 && !isWhole && known.size > 0) return null
  const items = head.items.map((item) => newerRow(known.get(item.id), item))
  if (isWhole) return [{ items, nextCursor: null }]
  const order = new Map([...known.keys()].map((id, at) => [id, at]))
  const stays = ({ id }: Item) => !fresh.has(id) && (!isOrderFixed || (order.get(id) ?? 0) > lastOverlap)
  const rest = first.items.filter(stays)
  return [
    {
      items: [...items, ...rest],
      nextCursor: others.length === 0 && rest.length === 0 ? head.nextCursor : first.nextCursor,
    },
    ...others.map((page) => ({ ...page, items: page.items.filter(stays) })),
  ]
}
