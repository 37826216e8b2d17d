'use client'

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { LogRow, type RowDisplay, RowPlaceholder } from './log-row'
import type { LogPosition, Rows } from './rows'
import { isSelected, type LineRange } from './selected-lines'
import { useRowWindow } from './use-row-window'

type WindowRowsProps = {
  rows: Rows
  /** Other rows of the same log: the line that is looked at stays. */
  source: string
  display: RowDisplay
  selected: LineRange | null
  scroller: RefObject<HTMLDivElement | null>
  following: boolean
  /** Ends the following. */
  leave: () => void
  /** How far below the end is; told to whoever follows. */
  distance: RefObject<(() => number) | null>
  position: RefObject<LogPosition>
}

/** Only the rows in sight, in a box that stands for all of them, however many and however high they are. */
export function WindowRows({
  rows,
  source,
  display,
  selected,
  scroller,
  following,
  leave,
  distance,
  position,
}: WindowRowsProps) {
  const drawn = useRef<HTMLDivElement>(null)
  const { count } = rows
  const shape = display.wrap ? display.time : null
  const window = useRowWindow({ count, scroller, following, shape })
  const { first, last, goTo, measure } = window

  useLayoutEffect(() => {
    if (drawn.current) measure(drawn.current)
  })
  useEffect(() => {
    distance.current = window.distance
    return () => {
      distance.current = null
    }
  }, [distance, window.distance])
  useHomeKey(scroller, () => {
    leave()
    goTo(1, 'top')
  })
  useKeptLine(rows, source, window, position)

  const isThere = selected !== null && count > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another line is selected, not when lines come
  useEffect(() => {
    if (isThere) goTo(Math.max(1, Math.min(rows.rowOf(selected.to), count)))
  }, [isThere, selected])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are others only when their source is
  useEffect(() => rows.show(first, last), [source, first, last])

  return (
    <div className="min-w-full" style={{ height: window.boxPx }}>
      <div className="sticky top-0 overflow-y-clip" style={{ height: window.viewPx }}>
        <div ref={drawn} style={{ transform: `translateY(${window.offsetPx}px)` }}>
          {Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at).map((row) => {
            const line = rows.line(row)
            const number = rows.numberOf(row)
            if (!line) return <RowPlaceholder key={row} number={number} />
            return <LogRow key={row} {...{ row, line, number, display }} isSelected={isSelected(number, selected)} />
          })}
        </div>
      </div>
    </div>
  )
}

/** The box stands for more than it is high: its own beginning may not be the log's. */
function useHomeKey(scroller: RefObject<HTMLElement | null>, onHome: () => void): void {
  const latest = useRef(onHome)
  useLayoutEffect(() => {
    latest.current = onHome
  })
  useEffect(() => {
    const element = scroller.current
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Home' || event.ctrlKey || event.altKey || event.metaKey) return
      event.preventDefault()
      latest.current()
    }
    element?.addEventListener('keydown', onKey)
    return () => element?.removeEventListener('keydown', onKey)
  }, [scroller])
}

type Kept = Pick<ReturnType<typeof useRowWindow>, 'goTo' | 'topRow'>

/** Where other rows of the same log are shown, it is the same line that stands at the top. */
function useKeptLine(rows: Rows, source: string, { goTo, topRow }: Kept, position: RefObject<LogPosition>): void {
  const kept = useRef(position.current.source)
  const isWaiting = kept.current !== source
  const { count } = rows
  useLayoutEffect(() => {
    if (isWaiting && count === 0) return
    const { line } = position.current
    if (isWaiting && line !== null) goTo(Math.max(1, Math.min(rows.rowOf(line), count)), 'top')
    kept.current = source
    position.current = { ...position.current, source, line: isWaiting ? line : rows.numberOf(topRow()) }
  })
}
