'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { PageHeader } from '@/app/_components/page'
import { StatusMark } from '@/app/_components/status-mark'
import { useTRPC } from '@/app/_trpc/client'
import { NextHeartbeat } from '@/app/[companyId]/agents/next-heartbeat'

const tabs = [
  { label: 'Overview', path: '' },
  { label: 'Costs', path: '/costs' },
  { label: 'Configuration', path: '/configuration' },
] as const

type AgentHeaderProps = { companyId: string; agentId: string; actions?: ReactNode }

/** The agent's name and status, and tabs that link to the pages about it. */
export function AgentHeader({ companyId, agentId, actions }: AgentHeaderProps) {
  const api = useTRPC()
  const pathname = usePathname()
  const { data: agent } = useQuery(api.agent.get.queryOptions({ agentId }))
  const base = `/${companyId}/agents/${agentId}` as const
  const hasTimer = agent && agent.nextHeartbeatAt !== null && !['terminated', 'paused'].includes(agent.status)
  return (
    <>
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
              {hasTimer && (
                <span className="text-muted">
                  next <NextHeartbeat agent={agent} />
                </span>
              )}
            </span>
          )
        }
        actions={actions}
      />
      <nav aria-label="Agent pages" className="flex shrink-0 gap-5 border-b px-4 sm:px-6">
        {tabs.map(({ label, path }) => (
          <Link
            key={label}
            href={`${base}${path}`}
            aria-current={pathname === base + path ? 'page' : undefined}
            className="-mb-px border-transparent border-b-2 py-1.5 text-muted hover:text-ink aria-[current]:border-accent-solid aria-[current]:font-medium aria-[current]:text-ink max-sm:py-2.5"
          >
            {label}
          </Link>
        ))}
      </nav>
    </>
  )
}
