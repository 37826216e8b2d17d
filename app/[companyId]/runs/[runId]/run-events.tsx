'use client'

import { Skeleton } from '@/app/_components/skeleton'
import { StatusShape } from '@/app/_components/status-mark'
import { cn } from '@/app/_components/ui/classes'
import { formatClock, formatExact } from '@/app/_time/format'
import type { RunEvent } from '@/app/_trpc/client'

export function RunEvents({ events }: { events: readonly RunEvent[] | null }) {
  if (events === null) return <Skeleton className="w-40" />
  if (events.length === 0) return <p className="text-muted">None yet.</p>
  return (
    <ol aria-label="Run events" className="grid gap-1">
      {events.map((event) => (
        <EventRow key={event.seq} event={event} />
      ))}
    </ol>
  )
}

function EventRow({ event }: { event: RunEvent }) {
  return (
    <li className="grid animate-changed grid-cols-[3.9rem_1rem_minmax(0,1fr)] items-start gap-x-2">
      <time
        dateTime={event.createdAt}
        title={formatExact(event.createdAt)}
        className="font-mono text-muted text-small leading-5"
      >
        {formatClock(event.createdAt)}
      </time>
      <span className="flex h-5 items-center">
        <EventShape event={event} />
      </span>
      <span
        className={cn(
          '[overflow-wrap:anywhere]',
          event.level === 'error' && 'text-failed',
          event.level === 'warn' && 'text-timed-out',
        )}
      >
        {event.message}
      </span>
    </li>
  )
}

function EventShape({ event }: { event: RunEvent }) {
  const status = event.eventType === 'lifecycle' ? event.payload?.status : undefined
  if (status === 'running') return <Dot className="bg-running" />
  if (status) return <StatusShape status={status} />
  if (event.level === 'error') return <Dot className="bg-failed" />
  if (event.level === 'warn') return <Dot className="bg-timed-out" />
  return <Dot className="bg-line-strong" />
}

function Dot({ className }: { className: string }) {
  return <span aria-hidden className={cn('mx-auto size-1.5 rounded-full', className)} />
}
