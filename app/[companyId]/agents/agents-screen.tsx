'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useMemo, useRef } from 'react'
import { useCan } from '@/app/_access/use-can'
import { Empty } from '@/app/_components/empty'
import { LoadMore } from '@/app/_components/load-more'
import { NewRowsButton } from '@/app/_components/new-rows-button'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SelectionBar } from '@/app/_components/selection-bar'
import { SkeletonRows } from '@/app/_components/skeleton'
import { buttonClass } from '@/app/_components/ui/button'
import { useSelection } from '@/app/_components/use-selection'
import { useRowKeys } from '@/app/_keys/use-row-keys'
import { useFrozenOrder } from '@/app/_live/use-frozen-order'
import { usePausedUpdates } from '@/app/_live/use-paused-updates'
import { useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { AgentFilterBar } from './agent-filter-bar'
import { AgentTable } from './agent-table'
import { ChangeAgents } from './change-agents'
import { useAgentFilters } from './use-agent-filters'
import { useOutcomes } from './use-outcomes'

export function AgentsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const filters = useAgentFilters()
  const { input, isFiltered } = filters
  const { sort, down, status } = filters.chosen
  const agents = useInfiniteQuery({
    ...api.agent.list.infiniteQueryOptions({ companyId, ...input, limit: 100 }, nextPage),
    placeholderData: keepPreviousData,
    // For changes without an event, such as the amount spent.
    refetchInterval: 60_000,
  })
  const found = useMemo(
    () => itemsOf(agents.data).filter((agent) => !status || agent.status === status),
    [agents.data, status],
  )
  const scroller = useRef<HTMLDivElement>(null)
  const isNewestFirst = sort === 'created' && down
  const stable = useFrozenOrder(found, JSON.stringify(input))
  const { shown: rows, waiting, release } = usePausedUpdates(isNewestFirst ? found : stable, scroller)
  const ids = useMemo(() => rows.map((agent) => agent.id), [rows])
  const outcomes = useOutcomes(companyId, ids)
  const selection = useSelection(ids)
  const can = useCan()
  const canChange = can('agent.pause')
  useRowKeys(scroller, { canSelect: canChange })
  const isEmpty = agents.isSuccess && rows.length === 0
  const newAgent = can('agent.create') && (
    <Link href={`/${companyId}/agents/new`} className={buttonClass('primary')}>
      New agent
    </Link>
  )
  return (
    <Page title="Agents">
      <PageHeader title="Agents" actions={isEmpty && !isFiltered ? null : newAgent} />
      {(rows.length > 0 || isFiltered) && <AgentFilterBar filters={filters} />}
      <Scroller ref={scroller}>
        <NewRowsButton count={waiting} onShow={release} />
        {agents.isPending && <SkeletonRows />}
        {agents.isError && <QueryError error={agents.error} onRetry={() => void agents.refetch()} />}
        {isEmpty && isFiltered && (
          <Empty title="No matching agents">Try a shorter part of the name, or another status.</Empty>
        )}
        {isEmpty && !isFiltered && (
          <Empty title="No agents yet" action={newAgent}>
            An agent is a program that Reveille wakes: by timer, by hand or through the API. Create one and wake it.
          </Empty>
        )}
        {rows.length > 0 && (
          <AgentTable {...{ companyId, rows, outcomes, filters }} selection={canChange ? selection : undefined} />
        )}
        <LoadMore query={agents} />
      </Scroller>
      <SelectionBar selection={selection} noun="agent">
        <ChangeAgents selection={selection} rows={rows} />
      </SelectionBar>
    </Page>
  )
}
