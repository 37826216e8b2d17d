'use client'

import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useSearchParams } from 'next/navigation'
import { shortId } from '@/app/_components/short-id'
import { useQueryParam } from '@/app/_components/status-filter'
import { useTRPC } from '@/app/_trpc/client'

/** The agent in the page's address, if any. */
export function useAgentFilter(): string | undefined {
  return useSearchParams().get('agentId') ?? undefined
}

/** Names the agent that the list is filtered by, and removes the filter. */
export function AgentFilter() {
  const api = useTRPC()
  const agentId = useAgentFilter()
  const { data: agent } = useQuery({
    ...api.agent.get.queryOptions({ agentId: agentId ?? '' }),
    enabled: Boolean(agentId),
  })
  const set = useQueryParam('agentId')
  if (!agentId) return null
  return (
    <button
      type="button"
      onClick={() => set('')}
      title="Show all agents"
      className="inline-flex h-7 min-w-0 items-center gap-1 rounded-full border border-line-strong px-2.5 text-small hover:bg-hover"
    >
      <span className="truncate">{agent?.name ?? shortId(agentId)}</span>
      <X aria-label="Show all agents" className="size-3.5 shrink-0" />
    </button>
  )
}
