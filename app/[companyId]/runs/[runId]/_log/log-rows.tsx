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

/** Every row of a short log, where the browser's own search finds them. */
export function AllRows({ rows, display, selected, scroller }: AllRowsProps) {
  const places = Array.from({ length: rows.count }, (_, at) => at + 1)
  const isThere = selected !== null && rows.count > 0 && places.some((row) => rows.numberOf(row) === selected.to)
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another line is selected, not when lines come
  useEffect(() => {
    const row = isThere && scroller.current?.querySelector(`[data-line="${selected.to}"]`)
    if (row && scroller.current && !isInSight(row, scroller.current)) row.scrollIntoView({ block: 'center' })
  }, [isThere, selected])
  return (
    <div className="py-2">
      {places.map((row) => {
        const line = rows.line(row)
        const number = rows.numberOf(row)
        return (
          line && <LogRow key={line.id} {...{ row, line, number, display }} isSelected={isSelected(number, selected)} />
        )
      })}
    </div>
  )
}

function isInSight(row: Element, scroller: Element): boolean {
  const [inner, outer] = [row.getBoundingClientRect(), scroller.getBoundingClientRect()]
  return inner.top >= outer.top && inner.bottom <= outer.bottom
}
