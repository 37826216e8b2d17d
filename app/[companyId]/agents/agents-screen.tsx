'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Empty } from '@/app/_components/empty'
import { MoreRows } from '@/app/_components/more-rows'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { buttonClass } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { AgentTable } from './agent-table'

export function AgentsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const agents = useInfiniteQuery(api.agent.list.infiniteQueryOptions({ companyId, limit: 200 }, nextPage))
  const rows = itemsOf(agents.data)
  const isEmpty = agents.isSuccess && rows.length === 0
  const newAgent = (
    <Link href={`/${companyId}/agents/new`} className={buttonClass('primary')}>
      New agent
    </Link>
  )
  return (
    <Page title="Agents">
      <PageHeader title="Agents" actions={isEmpty ? null : newAgent} />
      <Scroller>
        {agents.isPending && <SkeletonRows />}
        {agents.isError && <Problem error={agents.error} onRetry={() => void agents.refetch()} />}
        {isEmpty && (
          <Empty title="No agent yet" action={newAgent}>
            An agent is a program that Reveille wakes: by timer, by hand or through the API. Say which program, and wake
            it.
          </Empty>
        )}
        {rows.length > 0 && <AgentTable companyId={companyId} rows={rows} />}
        <MoreRows query={agents} />
      </Scroller>
    </Page>
  )
}
