'use client'

import { type RefObject, useEffect } from 'react'
import { LogRow, type RowDisplay } from './log-row'
import type { Rows } from './rows'
import { isSelected, type LineRange } from './selected-lines'

type AllRowsProps = {
  rows: Rows
  display: RowDisplay
  selected: LineRange | null
  scroller: RefObject<HTMLDivElement | null>
}

/** All rows of a short log, so that the browser's own search finds them. */
export function AllRows({ rows, display, selected, scroller }: AllRowsProps) {
  const rowNumbers = Array.from({ length: rows.count }, (_, at) => at + 1)
  const isLoaded = selected !== null && rows.count > 0 && rowNumbers.some((row) => rows.numberOf(row) === selected.to)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another line is selected, not when lines arrive
  useEffect(() => {
    const row = isLoaded && scroller.current?.querySelector(`[data-line="${selected.to}"]`)
    if (row && scroller.current && !isVisible(row, scroller.current)) row.scrollIntoView({ block: 'center' })
  }, [isLoaded, selected])
  return (
    <div className="py-2">
      {rowNumbers.map((row) => {
        const line = rows.line(row)
        const number = rows.numberOf(row)
        return (
          line && <LogRow key={line.id} {...{ row, line, number, display }} isSelected={isSelected(number, selected)} />
        )
      })}
    </div>
  )
}

function isVisible(row: Element, scroller: Element): boolean {
  const [inner, outer] = [row.getBoundingClientRect(), scroller.getBoundingClientRect()]
  return inner.top >= outer.top && inner.bottom <= outer.bottom
}
