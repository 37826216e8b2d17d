'use client'

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { LineWindow, LineWindowState } from '@/app/_live/line-window'
import { createScrollMap } from '@/app/_live/scroll-map'
import { FollowButton } from './follow-button'
import { LogRow, type RowLook, rowPx } from './log-row'
import { useFollow } from './use-follow'

const overscan = 20
const settleMs = 150

type LongLogProps = {
  lines: LineWindow
  state: LineWindowState
  look: Omit<RowLook, 'numbered'>
  named: number | null
}

/** A log of any length: only the lines in sight are drawn, and only those around them are held. Lines are not wrapped. */
export function LongLog({ lines, state, look: given, named }: LongLogProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [map] = useState(createScrollMap)
  const [view, setView] = useState({ top: 0, height: 800 })
  const { following, follow } = useFollow(scroller, content, 0, named === null)
  const look = useMemo(() => ({ ...given, numbered: true, wrap: false }), [given])
  const { totalLines } = state
  map.resize(totalLines * rowPx + 16, view.height)

  const read = useCallback(() => {
    const element = scroller.current
    if (!element) return
    map.resize(totalLines * rowPx + 16, element.clientHeight)
    map.scrolled(element.scrollTop)
    setView({ top: map.top(), height: element.clientHeight })
  }, [map, totalLines])

  const go = useCallback(
    (top: number) => {
      const element = scroller.current
      if (!element) return
      element.scrollTop = map.go(top)
      setView({ top: map.top(), height: element.clientHeight })
    },
    [map],
  )

  useScrolling(scroller, read, () => {
    const right = map.settle()
    if (right !== null && scroller.current) scroller.current.scrollTop = right
  })
  useLayoutEffect(() => {
    if (following) go(totalLines * rowPx)
  }, [following, totalLines, go])
  const isThere = named !== null && totalLines > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another line is named, not when lines come
  useEffect(() => {
    if (isThere) go((Math.min(named, totalLines) - 1) * rowPx - view.height / 2)
  }, [isThere, named])

  const first = Math.max(1, Math.floor(view.top / rowPx) + 1 - overscan)
  const last = Math.min(totalLines, Math.ceil((view.top + view.height) / rowPx) + overscan)
  useEffect(() => lines.want(first, last), [lines, first, last])

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
          className="w-max min-w-full"
          style={
            { height: map.boxPx(), '--digits': `${Math.max(3, String(totalLines).length)}ch` } as React.CSSProperties
          }
        >
          <div className="sticky top-0 overflow-y-clip" style={{ height: Math.min(view.height, map.boxPx()) }}>
            <div style={{ transform: `translateY(${(first - 1) * rowPx + 8 - view.top}px)` }}>
              {Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at).map((number) => {
                const line = lines.line(number)
                if (!line) return <div key={number} className="h-[18px]" />
                return <LogRow key={number} line={line} look={look} isNamed={number === named} />
              })}
            </div>
          </div>
        </div>
      </div>
      {!following && state.phase === 'following' && <FollowButton onClick={follow} />}
    </div>
  )
}

/** Tells of scrolling and of the box's size, and when it has come to rest. */
function useScrolling(scroller: React.RefObject<HTMLDivElement | null>, onMove: () => void, onRest: () => void) {
  const latest = useRef({ onMove, onRest })
  useLayoutEffect(() => {
    latest.current = { onMove, onRest }
  })
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const moved = () => {
      latest.current.onMove()
      clearTimeout(timer)
      timer = setTimeout(() => latest.current.onRest(), settleMs)
    }
    element.addEventListener('scroll', moved, { passive: true })
    const sizes = new ResizeObserver(moved)
    sizes.observe(element)
    return () => {
      clearTimeout(timer)
      element.removeEventListener('scroll', moved)
      sizes.disconnect()
    }
  }, [scroller])
}
