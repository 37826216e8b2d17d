'use client'

import { formatExact, formatUntil } from '@/app/_time/format'
import { useNow } from '@/app/_time/ticker'
import { firingsOf, type Timer, timerWords } from './firings'

/** When a timer fires, in words and as the next times of the reader's clock. */
export function TimerPreview({ timer, next, count = 4 }: { timer: Timer; next: string | null; count?: number }) {
  const now = useNow() || Date.now()
  const firings = firingsOf(timer, new Date(now), next ? new Date(next) : null, count)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <div className="grid gap-1">
      <p>{timerWords(timer)}</p>
      {firings.length > 0 && (
        <ol aria-label={`Next firings, in ${zone}`} title={`In ${zone}`} className="text-muted text-small">
          {firings.map((firing) => (
            <li key={firing.getTime()} className="flex gap-3">
              <time dateTime={firing.toISOString()}>{formatExact(firing.toISOString())}</time>
              <span>{formatUntil(firing.toISOString(), now)}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
