type ListPage<Item> = { items: Item[]; nextCursor: string | null }

/** Options of every infinite list: pages follow one another by their cursor. */
export const nextPage = {
  getNextPageParam: (page: { nextCursor: string | null }) => page.nextCursor,
}

export function itemsOf<Item>(data: { pages: readonly ListPage<Item>[] } | undefined): Item[] {
  return data?.pages.flatMap((page) => page.items) ?? []
}
