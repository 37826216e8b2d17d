'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
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
import { wakeupStatuses } from '@/server/domain/wakeup-status'
import { AgentFilter, useAgentFilter } from '../_shell/agent-filter'
import { WakeupTable } from './wakeup-table'

export function WakeupsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const status = useStatusFilter(wakeupStatuses)
  const agentId = useAgentFilter()
  const wakeups = useInfiniteQuery(
    api.wakeup.list.infiniteQueryOptions({ companyId, agentId, status: status ?? undefined, limit: 50 }, nextPage),
  )
  const scroller = useRef<HTMLDivElement>(null)
  // An event may bring a row to another status than the one that was asked for.
  const rows = useMemo(
    () => itemsOf(wakeups.data).filter((wakeup) => status === null || wakeup.status === status),
    [wakeups.data, status],
  )
  const { shown, waiting, release } = useHeldRows(rows, scroller)
  const filtered = status !== null || agentId !== undefined
  return (
    <Page title="Wakeups">
      <PageHeader title="Wakeups" state={<AgentFilter />} actions={<StatusFilter statuses={wakeupStatuses} />} />
      <Scroller ref={scroller}>
        <WaitingRows count={waiting} onShow={release} />
        {wakeups.isPending && <SkeletonRows />}
        {wakeups.isError && <Problem error={wakeups.error} onRetry={() => void wakeups.refetch()} />}
        {wakeups.isSuccess && shown.length === 0 && (
          <Empty title={filtered ? 'No wakeup like this' : 'No wakeup yet'}>
            {filtered
              ? 'Choose another status or another agent.'
              : 'A wakeup is a recorded wish that an agent runs: who asked, why, and what became of it. Wake an agent to see one.'}
          </Empty>
        )}
        {shown.length > 0 && <WakeupTable companyId={companyId} rows={shown} />}
        <MoreRows query={wakeups} />
      </Scroller>
    </Page>
  )
}
