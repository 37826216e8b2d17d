'use client'

import { type RefObject, useLayoutEffect, useRef } from 'react'
import { cn } from '@/app/_components/ui/classes'
import { FollowButton } from './follow-button'
import type { RowDisplay } from './log-row'
import { AllRows } from './log-rows'
import type { LogPosition, Rows } from './rows'
import type { LineRange } from './selected-lines'
import { useFollow } from './use-follow'
import { WindowRows } from './window-rows'

type LogScrollerProps = {
  rows: Rows
  /** Identifies the rows: other rows of the same log have another source. */
  source: string
  display: RowDisplay
  selected: LineRange | null
  /** Shown if there are no rows. */
  placeholder: string
  isLive: boolean
  /** Whether all rows are rendered. */
  isWhole: boolean
  position: RefObject<LogPosition>
}

/** The scrolling box of a log: all rows of a short log, the visible ones of a long log. */
export function LogScroller({
  rows,
  source,
  display,
  selected,
  placeholder,
  isLive,
  isWhole,
  position,
}: LogScrollerProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const distance = useRef<(() => number) | null>(null)
  const { following, follow, leave } = useFollow(scroller, content, {
    selected,
    distance,
    initially: position.current.following ?? selected === null,
  })
  useLayoutEffect(() => {
    position.current = { ...position.current, following }
  })
  const digits = String(rows.numberOf(rows.count) ?? rows.count).length
  return (
    <div className="relative min-h-0 min-w-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label="Run log"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard
        tabIndex={0}
        className="@container absolute inset-0 overflow-auto overscroll-contain bg-sunken font-mono text-log [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
      >
        <div
          ref={content}
          className={cn(display.wrap ? 'w-full' : 'w-max min-w-full')}
          style={{ '--digits': `${Math.max(3, digits)}ch` } as React.CSSProperties}
        >
          {isWhole ? (
            <AllRows {...{ rows, display, selected, scroller }} />
          ) : (
            <WindowRows {...{ rows, source, display, selected, scroller, following, leave, distance, position }} />
          )}
        </div>
        {rows.count === 0 && <p className="px-4 py-2 font-sans text-base text-muted sm:px-6">{placeholder}</p>}
      </div>
      {!following && isLive && <FollowButton onClick={follow} />}
    </div>
  )
}
