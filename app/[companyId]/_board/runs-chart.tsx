'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { memo, useState } from 'react'
import { type Column, type Series, StackedBars } from '@/app/_components/charts/stacked-bars'
import { StatusShape } from '@/app/_components/status-mark'
import { Toggle } from '@/app/_components/ui/toggle'
import { useIsHydrated } from '@/app/_time/ticker'
import { useTRPC } from '@/app/_trpc/client'
import type { BoardHistory } from './board-screen'

const outcomes = [
  { key: 'succeeded', status: 'succeeded', label: 'succeeded', colour: 'var(--color-bar-succeeded)' },
  { key: 'cancelled', status: 'cancelled', label: 'cancelled', colour: 'var(--color-bar-cancelled)' },
  { key: 'timedOut', status: 'timed_out', label: 'timed out', colour: 'var(--color-timed-out)' },
  { key: 'failed', status: 'failed', label: 'failed', colour: 'var(--color-failed)' },
] as const satisfies readonly (Series & { status: string })[]

const spans = { '24': '24 h', '168': '7 d' } as const
type Span = keyof typeof spans

/** Runs by the hour in which they ended, stacked by outcome. */
export const RunsChart = memo(function RunsChart({
  companyId,
  day,
}: {
  companyId: string
  day: BoardHistory | undefined
}) {
  const api = useTRPC()
  const [span, setSpan] = useState<Span>('24')
  const week = useQuery(
    api.board.history.queryOptions(
      { companyId, hours: 168 },
      { enabled: span === '168', refetchInterval: 60_000, placeholderData: keepPreviousData },
    ),
  )
  const history = span === '24' ? day : (week.data ?? day)
  const hours = history?.hours ?? []
  const isHydrated = useIsHydrated()
  return (
    <section aria-label="Runs per hour" className="border-b px-4 pt-4 pb-3 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 pb-3">
        <h2 className="font-semibold">Runs per hour</h2>
        <ul className="flex flex-wrap gap-x-3 text-muted text-small max-sm:order-3 max-sm:w-full">
          {outcomes.map(({ status, label }) => (
            <li key={status} className="flex items-center gap-1">
              <StatusShape status={status} />
              {label}
            </li>
          ))}
        </ul>
        <Toggle label="Time" className="ml-auto" values={spans} value={span} onChange={setSpan} />
      </div>
      <StackedBars
        className="h-44 2xl:h-56"
        label={`Runs per hour by outcome, the last ${spans[span]}.`}
        series={outcomes}
        columns={hours.map((hour, at) => (isHydrated ? columnOf(hour, at, hours.length) : unlabelled(hour)))}
        format={compact}
      />
    </section>
  )
})

const hourMs = 3_600_000

function unlabelled({ hour, ...values }: BoardHistory['hours'][number]): Column {
  return { key: hour, label: '', values }
}

function columnOf({ hour, ...values }: BoardHistory['hours'][number], at: number, count: number): Column {
  const start = new Date(hour)
  const end = new Date(start.getTime() + hourMs)
  return {
    key: hour,
    label: `${dayFormat.format(start)}, ${clockFormat.format(start)} to ${clockFormat.format(end)}`,
    tick: tickOf(start, at, count),
    values,
  }
}

/** A label every six hours of a day or every day of a week; none near the edges, where it would overflow. */
function tickOf(start: Date, at: number, count: number): string | undefined {
  if (at < count * 0.02 || at > count * 0.97) return undefined
  if (count > 24) return start.getHours() === 12 ? weekdayFormat.format(start) : undefined
  return start.getHours() % 6 === 0 ? clockFormat.format(start) : undefined
}

const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const compactFormat = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

function compact(value: number): string {
  return compactFormat.format(value)
}
