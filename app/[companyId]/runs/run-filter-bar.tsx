'use client'

import { X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { FilterSelect } from '@/app/_components/filter-select'
import { SearchField } from '@/app/_components/search-field'
import { statusDisplay } from '@/app/_components/status-display'
import { buttonClass } from '@/app/_components/ui/button'
import { Toggle } from '@/app/_components/ui/toggle'
import { runStatuses } from '@/server/domain/run-status'
import { wakeupSources } from '@/server/domain/wakeup-status'
import { type RunFilters, type RunView, type TimeSpan, timeSpans } from './use-run-filters'

const AgentPicker = dynamic(
  () => import('@/app/[companyId]/_shell/agent-picker').then((module) => module.AgentPicker),
  {
    loading: () => <span className={buttonClass('plain', 'font-normal')}>All agents</span>,
  },
)

const sourceLabels = { timer: 'Timer', assignment: 'Assignment', on_demand: 'On demand', automation: 'Automation' }
const timeLabels = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  between: 'Between …',
} as const satisfies Record<TimeSpan, string>
const viewLabels = { list: 'List', timeline: 'Timeline' } as const satisfies Record<RunView, string>

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
        options={wakeupSources.map((source) => [source, sourceLabels[source]] as const)}
        onChange={(source) => void choose({ source })}
      />
      <AgentPicker companyId={companyId} agentId={chosen.agentId} onChoose={(agentId) => void choose({ agentId })} />
      <FilterSelect
        label="Time"
        all="Any time"
        value={chosen.time}
        options={timeSpans.map((span) => [span, timeLabels[span]] as const)}
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
      <Toggle
        label="View"
        className="ml-auto h-8 max-sm:h-9"
        values={viewLabels}
        value={chosen.view}
        onChange={(view) => void choose({ view })}
      />
    </search>
  )
}

type MomentInputProps = { label: string; value: Date | null; onChange: (value: Date | null) => void }

/** A point in time, in the reader's time zone. */
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
