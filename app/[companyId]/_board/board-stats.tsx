import Link from 'next/link'
import { Stat, Stats } from '@/app/_components/stat'
import { cn } from '@/app/_components/ui/classes'
import { formatDuration } from '@/app/_time/format'
import { Elapsed } from '@/app/_time/times'
import { formatMicros } from '@/server/domain/money'
import type { Board, BoardHistory } from './board-screen'

type BoardStatsProps = { companyId: string; board: Board; day: BoardHistory | undefined }

export function BoardStats({ companyId, board: { counts, queue, spend }, day }: BoardStatsProps) {
  const agents = counts.idle + counts.running + counts.error + counts.paused
  return (
    <Stats>
      <Stat
        label="Running now"
        value={queue.running}
        note={
          queue.queued === 0 ? 'nothing is waiting' : <Waiting queued={queue.queued} since={queue.oldestQueuedAt} />
        }
      />
      <Stat label="Success, 24 h" value={percent(day?.successRate)} note={day && `of ${day.runs} runs`} />
      <Stat
        label="Median duration, 24 h"
        value={durationOf(day?.medianMs)}
        note={day?.p95Ms ? `95 % took less than ${durationOf(day.p95Ms)}` : 'no run has ended yet'}
      />
      <Stat
        label="Agents"
        value={agents}
        note={
          counts.error > 0 ? (
            <span>
              <span className="text-failed">{counts.error} failing</span>
              {counts.paused > 0 && `, ${counts.paused} paused`}
            </span>
          ) : counts.paused > 0 ? (
            `${counts.paused} paused`
          ) : (
            'none failing'
          )
        }
      />
      <Stat
        label="Spent this month"
        value={
          <Link href={`/${companyId}/costs`} className="hover:underline">
            {formatMicros(spend.spentMicros)}
          </Link>
        }
        note={<Projection spend={spend} />}
      />
    </Stats>
  )
}

function Waiting({ queued, since }: { queued: number; since: string | null }) {
  return (
    <span>
      {queued} waiting
      {since && (
        <>
          , longest <Elapsed from={since} to={null} />
        </>
      )}
    </span>
  )
}

/** The budget, and the projected spend at the end of the month. */
function Projection({ spend: { spentMicros, budgetMicros, projectedMicros } }: { spend: Board['spend'] }) {
  const isOverBudget = budgetMicros !== null && Math.max(spentMicros, projectedMicros ?? 0) >= budgetMicros
  const parts = [
    budgetMicros === null ? 'no budget' : `of ${formatMicros(budgetMicros)}`,
    projectedMicros !== null && spentMicros > 0 && `projected ${formatMicros(roundToCents(projectedMicros))}`,
  ]
  return <span className={cn(isOverBudget && 'text-timed-out')}>{parts.filter(Boolean).join(', ')}</span>
}

/** Cents are exact enough for an estimate, except below one cent. */
function roundToCents(micros: number): number {
  return micros >= 10_000 ? Math.round(micros / 10_000) * 10_000 : micros
}

function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–'
  // Only 1 is shown as 100 %: 99.96 % becomes 99.9 %.
  const tenths = share === 1 ? 1000 : Math.min(999, Math.round(share * 1000))
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`
}

function durationOf(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '–' : formatDuration(ms)
}
