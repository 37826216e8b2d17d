'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Allowed } from '@/app/_access/allowed'
import { Page } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { buttonClass } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'
import { AgentDetails } from './agent-details'
import { AgentHeader } from './agent-header'
import { AgentOverview } from './agent-overview'
import { PauseOrResume } from './pause-or-resume'
import { WakeForm } from './wake-form'

export function AgentScreen({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const { data: agent, error, refetch } = useQuery(api.agent.get.queryOptions({ agentId }))
  const isTerminated = agent?.status === 'terminated'
  return (
    <Page title={agent?.name ?? 'Agent'}>
      <AgentHeader
        companyId={companyId}
        agentId={agentId}
        actions={
          agent &&
          !isTerminated && (
            <>
              <Allowed to="wakeup.create">
                <WakeForm agent={agent} />
              </Allowed>
              <Allowed to={agent.status === 'paused' ? 'agent.resume' : 'agent.pause'}>
                <PauseOrResume agent={agent} />
              </Allowed>
              <Allowed to="agent.update">
                <Link href={`/${companyId}/agents/${agentId}/edit`} className={buttonClass()}>
                  Edit
                </Link>
              </Allowed>
            </>
          )
        }
      />
      {error && !agent && <QueryError error={error} onRetry={() => void refetch()} />}
      <div className="flex min-h-0 flex-1 flex-col max-lg:overflow-y-auto lg:flex-row">
        <div className="min-w-0 flex-1 lg:overflow-y-auto">
          {!agent && !error && <SkeletonRows />}
          {agent && <AgentOverview companyId={companyId} agentId={agentId} />}
        </div>
        {agent && (
          <aside className="border-t max-lg:mt-6 lg:w-[320px] 2xl:w-[440px] lg:shrink-0 lg:overflow-y-auto lg:border-t-0 lg:border-l">
            <AgentDetails companyId={companyId} agent={agent} />
          </aside>
        )}
      </div>
    </Page>
  )
}
