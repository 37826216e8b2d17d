'use client'

import { X } from 'lucide-react'
import { useSearchParams } from 'next/navigation'
import { useAddressFilter } from '@/app/_components/status-filter'
import { useAgentNames } from './agent-names'

/** The agent in the page's address, if any. */
export function useAgentFilter(): string | undefined {
  return useSearchParams().get('agentId') ?? undefined
}

/** Shows that the list is of one agent, and takes that back. */
export function AgentFilter({ companyId }: { companyId: string }) {
  const agentId = useAgentFilter()
  const nameOf = useAgentNames(companyId)
  const set = useAddressFilter('agentId')
  if (!agentId) return null
  return (
    <button
      type="button"
      onClick={() => set('')}
      title="Show all agents"
      className="inline-flex h-7 min-w-0 items-center gap-1 rounded-full border border-line-strong px-2.5 text-small hover:bg-hover"
    >
      <span className="truncate">{nameOf(agentId)}</span>
      <X aria-label="Show all agents" className="size-3.5 shrink-0" />
    </button>
  )
}
