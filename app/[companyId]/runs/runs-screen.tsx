'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Empty } from '@/app/_components/empty'
import { MoreRows } from '@/app/_components/more-rows'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { StatusFilter, useStatusFilter } from '@/app/_components/status-filter'
import { WaitingRows } from '@/app/_components/waiting-rows'
import { useHeldRows } from '@/app/_live/held-list'
import { useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { runStatuses } from '@/server/domain/run-status'
import { AgentFilter, useAgentFilter } from '../_shell/agent-filter'
import { RunTable } from './run-table'

export function RunsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const status = useStatusFilter(runStatuses)
  const agentId = useAgentFilter()
  const runs = useInfiniteQuery(
    api.run.list.infiniteQueryOptions({ companyId, agentId, status: status ?? undefined, limit: 50 }, nextPage),
  )
  const scroller = useRef<HTMLDivElement>(null)
  const { shown, waiting, release } = useHeldRows(itemsOf(runs.data), scroller)
  const filtered = status !== null || agentId !== undefined
  return (
    <Page title="Runs">
      <PageHeader
        title="Runs"
        state={<AgentFilter companyId={companyId} />}
        actions={<StatusFilter statuses={runStatuses} />}
      />
      <Scroller ref={scroller}>
        <WaitingRows count={waiting} onShow={release} />
        {runs.isPending && <SkeletonRows />}
        {runs.isError && <Problem error={runs.error} onRetry={() => void runs.refetch()} />}
        {runs.isSuccess && shown.length === 0 && (
          <Empty title={filtered ? 'No run like this' : 'No run yet'}>
            {filtered
              ? 'Choose another status or another agent.'
              : 'A run is one execution of an agent. Wake an agent, or give it a timer, and its run appears here.'}
          </Empty>
        )}
        {shown.length > 0 && <RunTable companyId={companyId} rows={shown} />}
        <MoreRows query={runs} />
      </Scroller>
    </Page>
  )
}
