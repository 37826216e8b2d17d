'use client'

import type { RunLogState } from '@/app/_live/run-log'
import { formatBytes } from '@/app/_time/format'
import type { WholeRun } from '@/app/_trpc/client'

/** Shown when only the end of a long log is loaded, with a button for more of it. */
export function EarlierBar({ run, state, onLoad }: { run: WholeRun; state: RunLogState; onLoad: () => void }) {
  if (state.lines.length === 0 || (state.firstOffset === 0 && !state.trimmed)) return null
  const total = Math.max(run.logBytes ?? 0, state.nextOffset)
  const shown = state.trimmed ? null : state.nextOffset - state.firstOffset
  return (
    <p className="flex shrink-0 flex-wrap items-baseline gap-x-3 border-b px-4 py-1.5 text-muted text-small sm:px-6">
      <span>
        {shown === null
          ? `Showing the end of ${formatBytes(total)}: the log is too large for the browser. Download has all of it.`
          : `Showing the last ${formatBytes(shown)} of ${formatBytes(total)}.`}
      </span>
      {state.roomForEarlier && (
        <button type="button" onClick={onLoad} disabled={state.loadingEarlier} className="text-accent hover:underline">
          {state.loadingEarlier ? 'Loading…' : 'Load earlier'}
        </button>
      )}
    </p>
  )
}
