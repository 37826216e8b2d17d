'use client'

import { formatExact, formatUntil } from '@/app/_time/format'
import { useNow } from '@/app/_time/ticker'
import { describeTimer, firingsOf, hasEnded, type Timer } from './firings'

/** A timer in words, and its next firings in the reader's time zone. */
export function TimerPreview({ timer, next, count = 4 }: { timer: Timer; next: string | null; count?: number }) {
  const now = useNow() || Date.now()
  const firings = firingsOf(timer, new Date(now), next ? new Date(next) : null, count)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <div className="grid gap-1">
      <p>{describeTimer(timer)}</p>
      {hasEnded(timer, new Date(now)) && <p className="text-muted text-small">The schedule has ended.</p>}
      {firings.length > 0 && (
        <ol aria-label={`Next firings, in ${zone}`} title={`In ${zone}`} className="text-muted text-small">
          {firings.map((firing) => (
            <li key={firing.getTime()} className="flex flex-wrap gap-x-2">
              <time dateTime={firing.toISOString()} title={formatExact(firing.toISOString())} className="min-w-16">
                {clockOf(firing, now)}
              </time>
              <span className="whitespace-nowrap">{formatUntil(firing.toISOString(), now)}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

/** The time of day, with the day before it unless it is today. */
function clockOf(at: Date, now: number): string {
  const time = (at.getSeconds() === 0 ? clock : exactClock).format(at)
  const isToday = at.toDateString() === new Date(now).toDateString()
  if (isToday) return time
  const isNear = at.getTime() - now < 6 * 86_400_000
  const isThisYear = at.getFullYear() === new Date(now).getFullYear()
  return `${(isNear ? weekday : isThisYear ? day : dayAndYear).format(at)} ${time}`
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const exactClock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
