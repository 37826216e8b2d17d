'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useMemo, useRef } from 'react'
import { useCan } from '@/app/_access/use-can'
import { Empty } from '@/app/_components/empty'
import { LoadMore } from '@/app/_components/load-more'
import { NewRowsButton } from '@/app/_components/new-rows-button'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SelectionBar } from '@/app/_components/selection-bar'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useSelection } from '@/app/_components/use-selection'
import { useRowKeys } from '@/app/_keys/use-row-keys'
import { usePausedUpdates } from '@/app/_live/use-paused-updates'
import { useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { CancelRuns } from './cancel-runs'
import { RunFilterBar } from './run-filter-bar'
import { RunTable } from './run-table'
import { useRunFilters } from './use-run-filters'

const Timeline = dynamic(() => import('./timeline').then((module) => module.Timeline), {
  loading: () => <SkeletonRows />,
})

export function RunsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const filters = useRunFilters()
  const { view, status } = filters.chosen
  const runs = useInfiniteQuery({
    ...api.run.list.infiniteQueryOptions(
      { companyId, ...filters.input, limit: view === 'timeline' ? 200 : 50 },
      nextPage,
    ),
    placeholderData: keepPreviousData,
  })
  const scroller = useRef<HTMLDivElement>(null)
  // A live event may change a row's status to one that the filter excludes.
  const rows = useMemo(
    () => itemsOf(runs.data).filter((run) => status === null || run.status === status),
    [runs.data, status],
  )
  const { shown, waiting, release } = usePausedUpdates(rows, scroller)
  const selection = useSelection(useMemo(() => shown.map((run) => run.id), [shown]))
  const canCancel = useCan()('run.cancel')
  useRowKeys(scroller, { canSelect: canCancel })
  return (
    <Page title="Runs">
      <PageHeader title="Runs" />
      <RunFilterBar companyId={companyId} filters={filters} />
      <Scroller ref={scroller}>
        {view === 'list' && <NewRowsButton count={waiting} onShow={release} />}
        {runs.isPending && <SkeletonRows />}
        {runs.isError && <QueryError error={runs.error} onRetry={() => void runs.refetch()} />}
        {runs.isSuccess && rows.length === 0 && <NoRuns isFiltered={filters.isFiltered} />}
        {rows.length > 0 && view === 'list' && (
          <RunTable companyId={companyId} rows={shown} selection={canCancel ? selection : undefined} />
        )}
        {rows.length > 0 && view === 'timeline' && <Timeline companyId={companyId} rows={rows} span={filters.span} />}
        <LoadMore query={runs} />
      </Scroller>
      <SelectionBar selection={selection} noun="run">
        <CancelRuns selection={selection} />
      </SelectionBar>
    </Page>
  )
}

function NoRuns({ isFiltered }: { isFiltered: boolean }) {
  return (
    <Empty title={isFiltered ? 'No matching runs' : 'No runs yet'}>
      {isFiltered
        ? 'Clear a filter, or choose a longer period.'
        : 'A run is one execution of an agent. Wake an agent or give it a timer, and its runs appear here.'}
    </Empty>
  )
}
