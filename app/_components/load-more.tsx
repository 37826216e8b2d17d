import { Button } from './ui/button'

type Pages = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> }

export function LoadMore({ query }: { query: Pages }) {
  if (!query.hasNextPage) return null
  return (
    <div className="px-4 py-3 sm:px-6">
      <Button onClick={() => void query.fetchNextPage()} disabled={query.isFetchingNextPage}>
        {query.isFetchingNextPage ? 'Loading…' : 'Load older'}
      </Button>
    </div>
  )
}
