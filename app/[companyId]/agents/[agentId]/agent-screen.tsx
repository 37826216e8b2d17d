'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Page, PageHeader } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { StatusMark } from '@/app/_components/status-mark'
import { buttonClass } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'
import { NextHeartbeat } from '../next-heartbeat'
import { AgentDetails } from './agent-details'
import { AgentRecord } from './agent-record'
import { PauseOrResume } from './pause-or-resume'
import { WakeForm } from './wake-form'

export function AgentScreen({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const { data: agent, error, refetch } = useQuery(api.agent.get.queryOptions({ agentId }))
  const gone = agent?.status === 'terminated'
  return (
    <Page title={agent?.name ?? 'Agent'}>
      <PageHeader
        trail={
          <Link href={`/${companyId}/agents`} className="hover:text-ink hover:underline">
            Agents
          </Link>
        }
        title={agent?.name ?? 'Agent'}
        state={
          agent && (
            <span className="flex items-center gap-3">
              <output aria-label="Agent status">
                <StatusMark status={agent.status} className="font-medium" />
              </output>
              <BudgetBadge of={agent} />
              {agent.nextHeartbeatAt !== null && !gone && agent.status !== 'paused' && (
                <span className="text-muted">
                  next <NextHeartbeat agent={agent} />
                </span>
              )}
            </span>
          )
        }
        actions={
          agent &&
          !gone && (
            <>
              <WakeForm agent={agent} />
              <PauseOrResume agent={agent} />
              <Link href={`/${companyId}/agents/${agentId}/configuration`} className={buttonClass()}>
                Configuration
              </Link>
              <Link href={`/${companyId}/agents/${agentId}/edit`} className={buttonClass()}>
                Edit
              </Link>
            </>
          )
        }
      />
      {error && !agent && <Problem error={error} onRetry={() => void refetch()} />}
      <div className="flex min-h-0 flex-1 flex-col max-lg:overflow-y-auto lg:flex-row">
        <div className="min-w-0 flex-1 lg:overflow-y-auto">
          {!agent && !error && <SkeletonRows />}
          {agent && <AgentRecord companyId={companyId} agentId={agentId} />}
        </div>
        {agent && (
          <aside className="border-t max-lg:mt-6 lg:w-[304px] lg:shrink-0 lg:overflow-y-auto lg:border-t-0 lg:border-l">
            <AgentDetails companyId={companyId} agent={agent} />
          </aside>
        )}
      </div>
    </Page>
  )
}
