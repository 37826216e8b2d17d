type ListPage<Item> = { items: Item[]; nextCursor: string | null }

/** Options of every infinite query: the cursor of a page leads to the next one. */
export const nextPage = {
  getNextPageParam: (page: { nextCursor: string | null }) => page.nextCursor,
}

export function itemsOf<Item>(data: { pages: readonly ListPage<Item>[] } | undefined): Item[] {
  return data?.pages.flatMap((page) => page.items) ?? []
}
