'use client'

import { formatAgo, formatDuration, formatExact, formatUntil } from './format'
import { useNow } from './ticker'

/** How long ago; the exact time on hover. */
export function Ago({ at, none = '–' }: { at: string | null; none?: string }) {
  const now = useNow()
  if (at === null) return <span className="text-faint">{none}</span>
  return (
    <time dateTime={at} title={formatExact(at)} suppressHydrationWarning>
      {formatAgo(at, now)}
    </time>
  )
}

/** A countdown; the exact time on hover. */
export function Until({ at, none = '–' }: { at: string | null; none?: string }) {
  const now = useNow()
  if (at === null) return <span className="text-faint">{none}</span>
  return (
    <time dateTime={at} title={formatExact(at)} suppressHydrationWarning>
      {formatUntil(at, now)}
    </time>
  )
}

/** A duration; one that has not ended ticks in whole seconds. */
export function Elapsed({ from, to }: { from: string | null; to: string | null }) {
  if (from === null) return <span className="text-faint">–</span>
  if (to === null) return <Running from={from} />
  return <span>{formatDuration(Date.parse(to) - Date.parse(from))}</span>
}

function Running({ from }: { from: string }) {
  const now = useNow()
  return <span>{formatDuration(now - Date.parse(from), { whole: true })}</span>
}
