import type { ReactNode } from 'react'
import { type Shape, type Status, statusDisplay } from './status-display'
import { cn } from './ui/classes'

/** `label` replaces the word of the status. */
type StatusMarkProps = { status: Status; label?: string; note?: string; className?: string }

/** The shape and the label of a status. A new status fades in. */
export function StatusMark({ status, label, note, className }: StatusMarkProps) {
  const { label: defaultLabel, colour } = statusDisplay[status]
  return (
    <span
      key={status}
      className={cn('inline-flex animate-changed items-center gap-1.5 whitespace-nowrap align-bottom', className)}
    >
      <StatusShape status={status} />
      <span className={colour}>{label ?? defaultLabel}</span>
      {note && <span className="text-muted">{note}</span>}
    </span>
  )
}

export function StatusShape({ status }: { status: Status }) {
  const { shape, colour } = statusDisplay[status]
  return (
    <svg
      aria-hidden
      viewBox="0 0 14 14"
      className={cn('size-3.5 shrink-0', colour, shape === 'ring' && 'animate-turn')}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {shapes[shape]}
    </svg>
  )
}

const shapes: Record<Shape, ReactNode> = {
  dot: <circle cx="7" cy="7" r="3.6" />,
  disc: <circle cx="7" cy="7" r="3.2" fill="currentColor" stroke="none" />,
  ring: (
    <>
      <circle cx="7" cy="7" r="5.2" opacity="0.3" />
      <path d="M7 1.8A5.2 5.2 0 0 1 12.2 7" />
    </>
  ),
  tick: <path d="m2.4 7.6 3 3 6.2-6.6" />,
  cross: <path d="m3 3 8 8m0-8-8 8" />,
  bar: <path d="M2.5 7h9" strokeWidth="2.2" />,
  clock: (
    <>
      <circle cx="7" cy="7" r="5.2" />
      <path d="M7 4.2V7l2 1.3" />
    </>
  ),
  bars: <path d="M4.7 3v8m4.6-8v8" strokeWidth="2.2" />,
  merge: <path d="M3 2.5v2.6A3.4 3.4 0 0 0 6.4 8.5h4.8M8.8 6l2.5 2.5L8.8 11" />,
  skip: <path d="M2.5 3.2 6.3 7l-3.8 3.8M7.2 3.2 11 7l-3.8 3.8" />,
  box: <rect x="3" y="3" width="8" height="8" rx="1" />,
}
