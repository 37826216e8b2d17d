'use client'

import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { FilterSelect } from '@/app/_components/filter-select'
import { SearchField } from '@/app/_components/search-field'
import { statusDisplay } from '@/app/_components/status-display'
import { buttonClass } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'
import { agentStatuses } from '@/server/domain/agent-status'
import type { AgentFilters } from './use-agent-filters'

export function AgentFilterBar({ filters: { chosen, choose, isFiltered, clear } }: { filters: AgentFilters }) {
  const api = useTRPC()
  const adapters = useQuery(api.adapter.list.queryOptions(undefined, { staleTime: Infinity }))
  return (
    <search
      aria-label="Agents"
      className="relative flex shrink-0 items-center gap-2 border-b px-4 py-2 max-sm:overflow-x-auto sm:flex-wrap sm:px-6"
    >
      <SearchField
        label="Search agents"
        placeholder="Name or id"
        value={chosen.text}
        onText={(text) => void choose({ text })}
      />
      <FilterSelect
        label="Status"
        all="All statuses"
        value={chosen.status}
        options={agentStatuses.map((status) => [status, statusDisplay[status].label] as const)}
        onChange={(status) => void choose({ status })}
      />
      <FilterSelect
        label="Adapter"
        all="All adapters"
        value={chosen.adapter}
        options={(adapters.data ?? []).map(({ type, label }) => [type, label] as const)}
        onChange={(adapter) => void choose({ adapter })}
      />
      {isFiltered && (
        <button type="button" onClick={() => void clear()} className={buttonClass('quiet', 'px-2 font-normal')}>
          <X aria-hidden className="size-3.5" />
          Clear
        </button>
      )}
    </search>
  )
}
