'use client'

import type { StreamChoice } from './log-settings'

type FilterBarProps = { stream: StreamChoice; shown: number; total: number; onBoth: () => void }

/** Shown when one stream is hidden, with a button to show both. */
export function FilterBar({ stream, shown, total, onBoth }: FilterBarProps) {
  if (stream === 'both') return null
  const other = stream === 'stdout' ? 'stderr' : 'stdout'
  const hidden = Math.max(0, total - shown)
  return (
    <p className="flex shrink-0 flex-wrap items-baseline gap-x-3 border-b px-4 py-1.5 text-muted text-small sm:px-6">
      <span>
        Only {stream}: {countOf(shown)}.{' '}
        {hidden === 0 ? `Nothing on ${other}` : `${countOf(hidden)} of ${other} hidden`}.
      </span>
      <button type="button" onClick={onBoth} className="text-accent hover:underline">
        Show both
      </button>
    </p>
  )
}

function countOf(lines: number): string {
  return lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`
}
