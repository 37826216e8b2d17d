'use client'

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { LogRow, type RowDisplay, RowPlaceholder } from './log-row'
import type { LogPosition, Rows } from './rows'
import { isSelected, type LineRange } from './selected-lines'
import { useRowWindow } from './use-row-window'

type WindowRowsProps = {
  rows: Rows
  /** Identifies the rows: if others of the same log are shown, the line at the top stays. */
  source: string
  display: RowDisplay
  selected: LineRange | null
  scroller: RefObject<HTMLDivElement | null>
  following: boolean
  /** Ends the following. */
  leave: () => void
  /** How far below the view the end is, for `useFollow`. */
  distance: RefObject<(() => number) | null>
  position: RefObject<LogPosition>
}

/** The visible rows, in a box with the scroll height of all rows, however many there are. */
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
  const container = useRef<HTMLDivElement>(null)
  const { count } = rows
  const shape = display.wrap ? display.time : null
  const window = useRowWindow({ count, scroller, following, shape })
  const { first, last, goTo, measure } = window

  useLayoutEffect(() => {
    if (container.current) measure(container.current)
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
  useKeepTopLine(rows, source, window, position)

  const isLoaded = selected !== null && count > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another line is selected, not when lines arrive
  useEffect(() => {
    if (isLoaded) goTo(Math.max(1, Math.min(rows.rowOf(selected.to), count)))
  }, [isLoaded, selected])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows change only with their source
  useEffect(() => rows.show(first, last), [source, first, last])

  return (
    <div className="min-w-full" style={{ height: window.boxPx }}>
      <div className="sticky top-0 overflow-y-clip" style={{ height: window.viewPx }}>
        <div ref={container} style={{ transform: `translateY(${window.offsetPx}px)` }}>
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

/** The Home key goes to the first row: the start of the box may not be the start of the log. */
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

type RowMoves = Pick<ReturnType<typeof useRowWindow>, 'goTo' | 'topRow'>

/** Keeps the line at the top when other rows of the same log are shown. */
function useKeepTopLine(
  rows: Rows,
  source: string,
  { goTo, topRow }: RowMoves,
  position: RefObject<LogPosition>,
): void {
  const shownSource = useRef(position.current.source)
  const isWaiting = shownSource.current !== source
  const { count } = rows
  useLayoutEffect(() => {
    if (isWaiting && count === 0) return
    const { line } = position.current
    if (isWaiting && line !== null) goTo(Math.max(1, Math.min(rows.rowOf(line), count)), 'top')
    shownSource.current = source
    position.current = { ...position.current, source, line: isWaiting ? line : rows.numberOf(topRow()) }
  })
}
