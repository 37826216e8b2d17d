import type { FinalRunStatus } from '@/server/domain/run-status'
import { statusDisplay } from './status-display'

const heights = { succeeded: 6, failed: 14, timed_out: 14, cancelled: 2 } as const satisfies Record<
  FinalRunStatus,
  number
>
const barPx = 4
const stepPx = 6

/** The last outcomes of an agent, oldest first: what went wrong stands out by its height as well as by its colour. */
export function Outcomes({ of, room = 12 }: { of: readonly FinalRunStatus[]; room?: number }) {
  if (of.length === 0) return <span className="text-faint">–</span>
  return (
    <svg
      role="img"
      aria-label={wordsOf(of)}
      width={room * stepPx}
      height={14}
      viewBox={`0 0 ${room * stepPx} 14`}
      className="inline-block align-middle"
    >
      <title>{wordsOf(of)}</title>
      {of.slice(-room).map((status, at) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
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

function wordsOf(of: readonly FinalRunStatus[]): string {
  const counts = new Map<FinalRunStatus, number>()
  for (const status of of) counts.set(status, (counts.get(status) ?? 0) + 1)
  const words = [...counts].map(([status, count]) => `${count} ${statusDisplay[status].label}`)
  return `Last ${of.length === 1 ? 'run' : `${of.length} runs`}: ${words.join(', ')}`
}
