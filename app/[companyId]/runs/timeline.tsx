'use client'

import Link from 'next/link'
import { statusDisplay } from '@/app/_components/status-display'
import { cn } from '@/app/_components/ui/classes'
import { formatClock, formatDuration, formatExact } from '@/app/_time/format'
import { useNow } from '@/app/_time/ticker'
import type { Run } from '@/app/_trpc/client'
import { type Bar, extentOf, type Lane, lanesOf, ticksOf } from './lanes'

type TimelineProps = { companyId: string; rows: readonly Run[]; span: { since: Date | null; until: Date | null } }

const levelPx = 22
const dayMs = 86_400_000

/** The runs of the list on a time axis, with a lane for each agent. */
export function Timeline({ companyId, rows, span }: TimelineProps) {
  const now = useNow() || Date.now()
  const extents = rows.map((run) => extentOf(run, now))
  const fromMs = span.since?.getTime() ?? Math.min(...extents.map((extent) => extent.startMs))
  const toMs = Math.max(fromMs + 1000, span.until?.getTime() ?? Math.max(...extents.map((extent) => extent.endMs)))
  const lanes = lanesOf(rows, now, (toMs - fromMs) / 150)
  const percent = (ms: number) => (100 * (Math.min(Math.max(ms, fromMs), toMs) - fromMs)) / (toMs - fromMs)
  const ticks = ticksOf(fromMs, toMs, 8)
  return (
    <section aria-label="Timeline" className="min-w-0 overflow-x-auto">
      <div className="min-w-[640px]">
        <div aria-hidden className="sticky top-0 z-10 flex h-8 border-b bg-canvas text-muted text-small">
          <span className="w-44 shrink-0" />
          <span className="relative mr-6 flex-1">
            {ticks.map((tick) => (
              <span
                key={tick}
                className="absolute top-2 -translate-x-1/2 whitespace-nowrap"
                style={{ left: `${percent(tick)}%` }}
              >
                {tickLabel(tick, toMs - fromMs)}
              </span>
            ))}
          </span>
        </div>
        <ul aria-label="Agents">
          {lanes.map((lane) => (
            <LaneRow key={lane.agentId} companyId={companyId} lane={lane} ticks={ticks} percent={percent} />
          ))}
        </ul>
      </div>
    </section>
  )
}

type LaneRowProps = { companyId: string; lane: Lane; ticks: number[]; percent: (ms: number) => number }

function LaneRow({ companyId, lane, ticks, percent }: LaneRowProps) {
  return (
    <li className="flex border-b hover:bg-hover">
      <Link
        href={`/${companyId}/agents/${lane.agentId}`}
        title={lane.agentName}
        className="w-44 shrink-0 truncate py-1.5 pr-3 pl-4 hover:underline sm:pl-6"
      >
        {lane.agentName}
      </Link>
      <div className="relative mr-6 flex-1" style={{ height: lane.levels * levelPx + 10 }}>
        {ticks.map((tick) => (
          <span
            key={tick}
            aria-hidden
            className="absolute inset-y-0 border-line border-l"
            style={{ left: `${percent(tick)}%` }}
          />
        ))}
        {lane.bars.map((bar) => (
          <RunBar key={bar.run.id} companyId={companyId} bar={bar} percent={percent} />
        ))}
      </div>
    </li>
  )
}

/** Live runs are outlined and failed runs striped, so that status does not depend on colour alone. */
const fills: Partial<Record<Run['status'], string>> = {
  queued: 'border border-current border-dashed',
  running: 'border border-current bg-current/20',
  failed:
    'bg-[repeating-linear-gradient(135deg,currentColor_0_4px,color-mix(in_srgb,currentColor_55%,transparent)_4px_8px)]',
  cancelled: 'bg-current/40',
}

function RunBar({ companyId, bar, percent }: { companyId: string; bar: Bar; percent: (ms: number) => number }) {
  const { run, startMs, endMs, level } = bar
  const { label, colour } = statusDisplay[run.status]
  const description = `${run.agentName}: ${label}, ${formatExact(new Date(startMs).toISOString())}, ${formatDuration(endMs - startMs)}`
  return (
    <Link
      href={`/${companyId}/runs/${run.id}`}
      title={run.error ? `${description}\n${run.error}` : description}
      aria-label={description}
      prefetch={false}
      className={cn(
        'absolute h-[18px] min-w-[5px] rounded-[3px] hover:opacity-80',
        colour,
        fills[run.status] ?? 'bg-current',
      )}
      style={{ left: `${percent(startMs)}%`, width: `${percent(endMs) - percent(startMs)}%`, top: 6 + level * levelPx }}
    />
  )
}

function tickLabel(ms: number, spanMs: number): string {
  const iso = new Date(ms).toISOString()
  if (spanMs > 2 * dayMs) return formatExact(iso).slice(5, 16)
  return spanMs > 600_000 ? formatClock(iso).slice(0, 5) : formatClock(iso)
}
