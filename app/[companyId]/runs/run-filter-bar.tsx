'use client'

import { X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { FilterSelect } from '@/app/_components/filter-select'
import { SearchField } from '@/app/_components/search-field'
import { statusDisplay } from '@/app/_components/status-display'
import { buttonClass } from '@/app/_components/ui/button'
import { cn } from '@/app/_components/ui/classes'
import { runStatuses } from '@/server/domain/run-status'
import { wakeupSources } from '@/server/domain/wakeup-status'
import { type RunFilters, runViews, type TimeSpan, timeSpans } from './use-run-filters'

const AgentPicker = dynamic(
  () => import('@/app/[companyId]/_shell/agent-picker').then((module) => module.AgentPicker),
  {
    loading: () => <span className={buttonClass('plain', 'font-normal')}>All agents</span>,
  },
)

const sourceWords = { timer: 'Timer', assignment: 'Assignment', on_demand: 'On demand', automation: 'Automation' }
const timeWords = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  between: 'Between …',
} as const satisfies Record<TimeSpan, string>
const viewWords = { list: 'List', timeline: 'Timeline' } as const

export function RunFilterBar({ companyId, filters }: { companyId: string; filters: RunFilters }) {
  const { chosen, choose, isFiltered, clear } = filters
  return (
    <search
      aria-label="Runs"
      className="relative flex shrink-0 items-center gap-2 border-b px-4 py-2 max-sm:overflow-x-auto sm:flex-wrap sm:px-6"
    >
      <SearchField
        label="Search runs"
        placeholder="Error, agent or id"
        value={chosen.text}
        onText={(text) => void choose({ text })}
      />
      <FilterSelect
        label="Status"
        all="All statuses"
        value={chosen.status}
        options={runStatuses.map((status) => [status, statusDisplay[status].label] as const)}
        onChange={(status) => void choose({ status })}
      />
      <FilterSelect
        label="Source"
        all="All sources"
        value={chosen.source}
        options={wakeupSources.map((source) => [source, sourceWords[source]] as const)}
        onChange={(source) => void choose({ source })}
      />
      <AgentPicker companyId={companyId} agentId={chosen.agentId} onChoose={(agentId) => void choose({ agentId })} />
      <FilterSelect
        label="Time"
        all="Any time"
        value={chosen.time}
        options={timeSpans.map((span) => [span, timeWords[span]] as const)}
        onChange={(time) => void choose({ time, since: null, until: null })}
      />
      {chosen.time === 'between' && (
        <>
          <MomentInput label="From" value={chosen.since} onChange={(since) => void choose({ since })} />
          <MomentInput label="To" value={chosen.until} onChange={(until) => void choose({ until })} />
        </>
      )}
      {isFiltered && (
        <button type="button" onClick={() => void clear()} className={buttonClass('quiet', 'px-2 font-normal')}>
          <X aria-hidden className="size-3.5" />
          Clear
        </button>
      )}
      <fieldset className="ml-auto flex shrink-0 rounded-md border border-line-strong">
        <legend className="sr-only">View</legend>
        {runViews.map((view) => (
          <button
            key={view}
            type="button"
            aria-pressed={chosen.view === view}
            onClick={() => void choose({ view })}
            className={cn(
              'h-[30px] px-3 text-muted first:rounded-l-[5px] last:rounded-r-[5px] hover:text-ink max-sm:h-[34px]',
              'aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-ink',
            )}
          >
            {viewWords[view]}
          </button>
        ))}
      </fieldset>
    </search>
  )
}

type MomentInputProps = { label: string; value: Date | null; onChange: (value: Date | null) => void }

/** A moment of the reader's own clock. */
function MomentInput({ label, value, onChange }: MomentInputProps) {
  const local = value && new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  return (
    <input
      type="datetime-local"
      aria-label={label}
      defaultValue={local ?? ''}
      onChange={(event) => onChange(event.target.value ? new Date(event.target.value) : null)}
      className="h-8 shrink-0 rounded-md border border-line-strong bg-raised px-2 max-sm:h-9"
    />
  )
}
