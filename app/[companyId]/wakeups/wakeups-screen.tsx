'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { Empty } from '@/app/_components/empty'
import { LoadMore } from '@/app/_components/load-more'
import { NewRowsButton } from '@/app/_components/new-rows-button'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { StatusFilter, useStatusFilter } from '@/app/_components/status-filter'
import { usePausedUpdates } from '@/app/_live/use-paused-updates'
import { useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { AgentFilter, useAgentFilter } from '@/app/[companyId]/_shell/agent-filter'
import { wakeupStatuses } from '@/server/domain/wakeup-status'
import { WakeupTable } from './wakeup-table'

export function WakeupsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const status = useStatusFilter(wakeupStatuses)
  const agentId = useAgentFilter()
  const wakeups = useInfiniteQuery(
    api.wakeup.list.infiniteQueryOptions({ companyId, agentId, status: status ?? undefined, limit: 50 }, nextPage),
  )
  const scroller = useRef<HTMLDivElement>(null)
  // A live event may change a row's status to one that the filter excludes.
  const rows = useMemo(
    () => itemsOf(wakeups.data).filter((wakeup) => status === null || wakeup.status === status),
    [wakeups.data, status],
  )
  const { shown, waiting, release } = usePausedUpdates(rows, scroller)
  const filtered = status !== null || agentId !== undefined
  return (
    <Page title="Wakeups">
      <PageHeader title="Wakeups" state={<AgentFilter />} actions={<StatusFilter statuses={wakeupStatuses} />} />
      <Scroller ref={scroller}>
        <NewRowsButton count={waiting} onShow={release} />
        {wakeups.isPending && <SkeletonRows />}
        {wakeups.isError && <QueryError error={wakeups.error} onRetry={() => void wakeups.refetch()} />}
        {wakeups.isSuccess && shown.length === 0 && (
          <Empty title={filtered ? 'No matching wakeups' : 'No wakeups yet'}>
            {filtered
              ? 'Choose another status or another agent.'
              : 'A wakeup is a recorded request to run an agent: its source, its reason and its outcome. Wake an agent to see one.'}
          </Empty>
        )}
        {shown.length > 0 && <WakeupTable companyId={companyId} rows={shown} />}
        <LoadMore query={wakeups} />
      </Scroller>
    </Page>
  )
}
