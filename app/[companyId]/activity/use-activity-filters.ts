'use client'

import { useSearchParams } from 'next/navigation'
import { useMemo } from 'react'
import { useQueryParam } from '@/app/_components/status-filter'
import { type KnownAction, knownActions } from '@/server/domain/activity'

export const spans = [
  ['1', 'Last hour'],
  ['24', 'Last 24 hours'],
  ['168', 'Last 7 days'],
  ['720', 'Last 30 days'],
] as const
export type Span = (typeof spans)[number][0]

/** The filters of the activity log, kept in the page's URL. */
export function useActivityFilters() {
  const search = useSearchParams()
  const action = knownActions.find((each) => each === search.get('action')) ?? null
  const span = spans.find(([hours]) => hours === search.get('hours'))?.[0] ?? null
  const actorId = search.get('actorId') ?? undefined
  const subjectId = search.get('subjectId') ?? undefined
  // Fixed when the span is chosen, so that the query key does not change with every render.
  const since = useMemo(
    () => (span === null ? undefined : new Date(Date.now() - Number(span) * 3_600_000).toISOString()),
    [span],
  )
  const set = {
    action: useQueryParam('action'),
    hours: useQueryParam('hours'),
    actorId: useQueryParam('actorId'),
    subjectId: useQueryParam('subjectId'),
  }
  return {
    action: action as KnownAction | null,
    span,
    input: { action: action ?? undefined, actorId, subjectId, since },
    isFiltered: Boolean(action || span || actorId || subjectId),
    set,
  }
}

export type ActivityFilters = ReturnType<typeof useActivityFilters>
