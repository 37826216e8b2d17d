'use client'

import { X } from 'lucide-react'
import { FilterSelect } from '@/app/_components/filter-select'
import { activityWords, knownActions } from '@/server/domain/activity'
import { type ActivityFilters, spans } from './use-activity-filters'

const actions = knownActions
  .map((action) => [action, sentenceCase(activityWords[action])] as const)
  .toSorted(([, a], [, b]) => a.localeCompare(b))

type Names = { actor: string | null; subject: string | null }

/** Filters of the activity log. Actor and subject are chosen by clicking them in the list. */
export function ActivityFilterBar({ filters, names }: { filters: ActivityFilters; names: Names }) {
  const { input, set } = filters
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-4 py-2 max-sm:[&>select]:min-w-0 max-sm:[&>select]:flex-1 max-sm:[&>select]:basis-24 sm:px-6">
      <FilterSelect
        label="What happened"
        all="Everything"
        value={filters.action}
        options={actions}
        onChange={(action) => set.action(action ?? '')}
      />
      <FilterSelect
        label="When"
        all="Any time"
        value={filters.span}
        options={spans}
        onChange={(hours) => set.hours(hours ?? '')}
      />
      {input.actorId && <Chip label={`By ${names.actor ?? 'one actor'}`} onClear={() => set.actorId('')} />}
      {input.subjectId && <Chip label={`To ${names.subject ?? 'one subject'}`} onClear={() => set.subjectId('')} />}
    </div>
  )
}

function Chip({ label, onClear }: { label: string; onClear: () => void }) {
  return (
    <button
      type="button"
      onClick={onClear}
      title="Show all"
      className="inline-flex h-7 min-w-0 items-center gap-1 rounded-full border border-line-strong px-2.5 text-small hover:bg-hover"
    >
      <span className="truncate">{label}</span>
      <X aria-label="Show all" className="size-3.5 shrink-0" />
    </button>
  )
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
