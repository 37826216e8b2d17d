'use client'

import { useMemo, useRef } from 'react'
import { cn } from '@/app/_components/ui/classes'
import type { RunLogState } from '@/app/_live/run-log'
import { FollowButton } from './follow-button'
import { type RowLook, rowPx } from './log-row'
import { AllRows, VirtualRows } from './log-rows'
import { useFollow } from './use-follow'

/** Up to this many rows are all in the page, where the browser's own search finds them. */
const mostPlainRows = 2_000

type LogScrollerProps = {
  state: RunLogState
  look: Omit<RowLook, 'numbered'>
  named: number | null
  placeholder: string
}

export function LogScroller({ state, look: given, named, placeholder }: LogScrollerProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const { following, follow } = useFollow(scroller, content, state.rowsGone * rowPx, named === null)
  const { numbered } = state
  const { stream } = given
  const lines = useMemo(
    () => (stream === 'both' ? state.lines : state.lines.filter((line) => line.stream === stream)),
    [state.lines, stream],
  )
  const look = useMemo(() => ({ ...given, numbered }), [given, numbered])
  const digits = String(state.lines.at(-1)?.number ?? state.lines.length).length
  const Rows = lines.length > mostPlainRows ? VirtualRows : AllRows
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label="Run log"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        className="absolute inset-0 overflow-auto overscroll-contain bg-sunken font-mono text-log [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
      >
        <div
          ref={content}
          className={cn('py-2', look.wrap ? 'w-full' : 'w-max min-w-full')}
          style={{ '--digits': `${Math.max(3, digits)}ch` } as React.CSSProperties}
        >
          <Rows lines={lines} look={look} named={named} scroller={scroller} />
        </div>
        {lines.length === 0 && (
          <p className="px-4 py-1 font-sans text-base text-muted sm:px-6">
            {state.lines.length > 0 ? `Nothing on ${stream}.` : placeholder}
          </p>
        )}
      </div>
      {!following && <FollowButton onClick={follow} />}
    </div>
  )
}
