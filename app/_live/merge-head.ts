import { newerRow } from './patches'

type Row = { id: string }
export type HeadPage<Item extends Row> = { items: Item[]; nextCursor: string | null }

/**
 * Puts the beginning of a list, read again, before what was loaded of it; null where the two do not meet.
 * What stood among the rows that were read again and is not there any more is gone; with `isOrderFixed` false it has only
 * moved, and is kept at the end of the first page.
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
  const lastMet = [...known.keys()].findLastIndex((id) => fresh.has(id))
  if (lastMet < 0 && !isWhole && known.size > 0) return null
  const items = head.items.map((item) => newerRow(known.get(item.id), item))
  if (isWhole) return [{ items, nextCursor: null }]
  const order = new Map([...known.keys()].map((id, at) => [id, at]))
  const stays = ({ id }: Item) => !fresh.has(id) && (!isOrderFixed || (order.get(id) ?? 0) > lastMet)
  const rest = first.items.filter(stays)
  return [
    {
      items: [...items, ...rest],
      nextCursor: others.length === 0 && rest.length === 0 ? head.nextCursor : first.nextCursor,
    },
    ...others.map((page) => ({ ...page, items: page.items.filter(stays) })),
  ]
}
