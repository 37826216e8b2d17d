import type { FinalRunStatus } from '@/server/domain/run-status'
import { statusDisplay } from './status-display'

const heights = { succeeded: 6, failed: 14, timed_out: 14, cancelled: 2 } as const satisfies Record<
  FinalRunStatus,
  number
>
const barPx = 4
const stepPx = 6

/** The last outcomes of an agent, oldest first. Failures are higher bars, so that they do not depend on colour. */
export function Outcomes({ of, mostBars = 12 }: { of: readonly FinalRunStatus[]; mostBars?: number }) {
  if (of.length === 0) return <span className="text-faint">–</span>
  return (
    <svg
      role="img"
      aria-label={labelOf(of)}
      width={mostBars * stepPx}
      height={14}
      viewBox={`0 0 ${mostBars * stepPx} 14`}
      className="inline-block align-middle"
    >
      <title>{labelOf(of)}</title>
      {of.slice(-mostBars).map((status, at) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity besides their position
          key={at}
          x={at * stepPx}
          y={14 - heights[status]}
          width={barPx}
          height={heights[status]}
          rx={1}
          className={statusDisplay[status].colour}
          fill="currentColor"
        />
      ))}
    </svg>
  )
}

function labelOf(of: readonly FinalRunStatus[]): string {
  const counts = new Map<FinalRunStatus, number>()
  for (const status of of) counts.set(status, (counts.get(status) ?? 0) + 1)
  const parts = [...counts].map(([status, count]) => `${count} ${statusDisplay[status].label}`)
  return `Last ${of.length === 1 ? 'run' : `${of.length} runs`}: ${parts.join(', ')}`
}
