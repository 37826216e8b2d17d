'use client'

import { debounce, parseAsIsoDateTime, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import { runStatuses } from '@/server/domain/run-status'
import { wakeupSources } from '@/server/domain/wakeup-status'

export const timeSpans = ['1h', '24h', '7d', '30d', 'between'] as const
export type TimeSpan = (typeof timeSpans)[number]
export const runViews = ['list', 'timeline'] as const
export type RunView = (typeof runViews)[number]

const hourMs = 3_600_000
const spanMs = { '1h': hourMs, '24h': 24 * hourMs, '7d': 168 * hourMs, '30d': 720 * hourMs } as const

const parsers = {
  status: parseAsStringLiteral(runStatuses),
  source: parseAsStringLiteral(wakeupSources),
  agentId: parseAsString,
  text: parseAsString.withOptions({ limitUrlUpdates: debounce(250) }),
  time: parseAsStringLiteral(timeSpans),
  since: parseAsIsoDateTime,
  until: parseAsIsoDateTime,
  view: parseAsStringLiteral(runViews).withDefault('list'),
}

export type RunFilters = ReturnType<typeof useRunFilters>

/** The filters in the page's URL, and the matching input of `run.list`. */
export function useRunFilters() {
  const [chosen, choose] = useQueryStates(parsers, { history: 'replace' })
  const { status, source, agentId, text, time, since, until } = chosen
  const span = useMemo(() => spanOf(time, since, until), [time, since, until])
  const input = {
    ...(status && { status }),
    ...(source && { source }),
    ...(agentId && { agentId }),
    ...(text?.trim() && { text: text.trim() }),
    ...(span.since && { since: span.since.toISOString() }),
    ...(span.until && { until: span.until.toISOString() }),
  }
  return {
    chosen,
    choose,
    span,
    input,
    isFiltered: Object.keys(input).length > 0,
    clear: () =>
      choose({ status: null, source: null, agentId: null, text: null, time: null, since: null, until: null }),
  }
}

/** A relative span starts at a fixed time, set when it is chosen, so that the list does not shift while it is read. */
function spanOf(time: TimeSpan | null, since: Date | null, until: Date | null) {
  if (time === null) return { since: null, until: null }
  if (time === 'between') return { since, until }
  return { since: new Date(Date.now() - spanMs[time]), until: null }
}
