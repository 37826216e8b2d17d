'use client'

import { type RefObject, useEffect } from 'react'
import { isNamed, type NamedLines } from './line-address'
import { LogRow, type RowLook } from './log-row'
import type { Rows } from './rows'

type AllRowsProps = {
  rows: Rows
  look: RowLook
  named: NamedLines | null
  scroller: RefObject<HTMLDivElement | null>
}

/** Every row of a short log, where the browser's own search finds them. */
export function AllRows({ rows, look, named, scroller }: AllRowsProps) {
  const places = Array.from({ length: rows.count }, (_, at) => at + 1)
  const isThere = named !== null && rows.count > 0 && places.some((row) => rows.numberOf(row) === named.to)
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another line is named, not when lines come
  useEffect(() => {
    const row = isThere && scroller.current?.querySelector(`[data-line="${named.to}"]`)
    if (row && scroller.current && !isInSight(row, scroller.current)) row.scrollIntoView({ block: 'center' })
  }, [isThere, named])
  return (
    <div className="py-2">
      {places.map((row) => {
        const line = rows.line(row)
        const number = rows.numberOf(row)
        return line && <LogRow key={line.id} {...{ row, line, number, look }} isNamed={isNamed(number, named)} />
      })}
    </div>
  )
}

function isInSight(row: Element, scroller: Element): boolean {
  const [inner, outer] = [row.getBoundingClientRect(), scroller.getBoundingClientRect()]
  return inner.top >= outer.top && inner.bottom <= outer.bottom
}
