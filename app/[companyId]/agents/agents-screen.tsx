'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useMemo, useRef } from 'react'
import { useMay } from '@/app/_access/use-may'
import { Empty } from '@/app/_components/empty'
import { MoreRows } from '@/app/_components/more-rows'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SelectionBar } from '@/app/_components/selection-bar'
import { SkeletonRows } from '@/app/_components/skeleton'
import { buttonClass } from '@/app/_components/ui/button'
import { useSelection } from '@/app/_components/use-selection'
import { WaitingRows } from '@/app/_components/waiting-rows'
import { useRowKeys } from '@/app/_keys/use-row-keys'
import { useHeldRows } from '@/app/_live/held-list'
import { useSettledOrder } from '@/app/_live/use-settled-order'
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
    // What no event tells, such as what they have spent.
    refetchInterval: 60_000,
  })
  const found = useMemo(
    () => itemsOf(agents.data).filter((agent) => !status || agent.status === status),
    [agents.data, status],
  )
  const scroller = useRef<HTMLDivElement>(null)
  const isNewestFirst = sort === 'created' && down
  const settled = useSettledOrder(found, JSON.stringify(input))
  const { shown: rows, waiting, release } = useHeldRows(isNewestFirst ? found : settled, scroller)
  const ids = useMemo(() => rows.map((agent) => agent.id), [rows])
  const outcomes = useOutcomes(companyId, ids)
  const selection = useSelection(ids)
  const may = useMay()
  const canChange = may('agent.pause')
  useRowKeys(scroller, { canSelect: canChange })
  const isEmpty = agents.isSuccess && rows.length === 0
  const newAgent = may('agent.create') && (
    <Link href={`/${companyId}/agents/new`} className={buttonClass('primary')}>
      New agent
    </Link>
  )
  return (
    <Page title="Agents">
      <PageHeader title="Agents" actions={isEmpty && !isFiltered ? null : newAgent} />
      {(rows.length > 0 || isFiltered) && <AgentFilterBar filters={filters} />}
      <Scroller ref={scroller}>
        <WaitingRows count={waiting} onShow={release} />
        {agents.isPending && <SkeletonRows />}
        {agents.isError && <Problem error={agents.error} onRetry={() => void agents.refetch()} />}
        {isEmpty && isFiltered && (
          <Empty title="No matching agents">Try a shorter part of the name, or another status.</Empty>
        )}
        {isEmpty && !isFiltered && (
          <Empty title="No agent yet" action={newAgent}>
            An agent is a program that Reveille wakes: by timer, by hand or through the API. Say which program, and wake
            it.
          </Empty>
        )}
        {rows.length > 0 && (
          <AgentTable {...{ companyId, rows, outcomes, filters }} selection={canChange ? selection : undefined} />
        )}
        <MoreRows query={agents} />
      </Scroller>
      <SelectionBar selection={selection} noun="agent">
        <ChangeAgents selection={selection} rows={rows} />
      </SelectionBar>
    </Page>
  )
}
