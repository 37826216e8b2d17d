'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Empty } from '@/app/_components/empty'
import { LoadMore } from '@/app/_components/load-more'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { ActivityFilterBar } from './activity-filter-bar'
import { ActivityTable, actorOf, subjectOf } from './activity-table'
import { useActivityFilters } from './use-activity-filters'

export function ActivityScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const filters = useActivityFilters()
  const { input } = filters
  const activity = useInfiniteQuery({
    ...api.activity.list.infiniteQueryOptions({ companyId, ...input, limit: 50 }, nextPage),
    placeholderData: keepPreviousData,
  })
  const scroller = useRef<HTMLDivElement>(null)
  const lines = itemsOf(activity.data)
  const actor = lines.find((line) => line.actorId === input.actorId)
  const subject = lines.find((line) => line.subjectId === input.subjectId)
  const names = { actor: actor ? actorOf(actor) : null, subject: subject ? subjectOf(subject) : null }
  return (
    <Page title="Activity">
      <PageHeader title="Activity" actions={<Downloads companyId={companyId} input={input} />} />
      <ActivityFilterBar filters={filters} names={names} />
      <Scroller ref={scroller}>
        {activity.isPending && <SkeletonRows />}
        {activity.isError && <QueryError error={activity.error} onRetry={() => void activity.refetch()} />}
        {activity.isSuccess && lines.length === 0 && (
          <Empty title={filters.isFiltered ? 'No matching entries' : 'No activity yet'}>
            {filters.isFiltered
              ? 'Clear a filter, or choose a longer period.'
              : 'Every change is recorded here, with the person or program that made it and its address.'}
          </Empty>
        )}
        {lines.length > 0 && <ActivityTable lines={lines} set={filters.set} />}
        <LoadMore query={activity} />
      </Scroller>
    </Page>
  )
}

type DownloadsProps = { companyId: string; input: Record<string, string | undefined> }

/** Downloads all entries that match the filters, not only those that are loaded. */
function Downloads({ companyId, input }: DownloadsProps) {
  const given = Object.entries(input).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return (['csv', 'ndjson'] as const).map((format) => (
    <a
      key={format}
      href={`/api/companies/${companyId}/activity?${new URLSearchParams([...given, ['format', format]])}`}
      download
      className="inline-flex h-8 items-center rounded-md border border-line-strong px-3 hover:bg-hover max-sm:h-9"
    >
      <span className="max-sm:sr-only">Download&nbsp;</span>
      {format.toUpperCase()}
    </a>
  ))
}
