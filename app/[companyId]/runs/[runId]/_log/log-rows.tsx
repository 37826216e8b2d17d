'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect } from 'react'
import type { LogLine } from '@/app/_live/log-buffer'
import { LogRow, type RowLook, rowPx } from './log-row'

type RowsProps = {
  lines: readonly LogLine[]
  look: RowLook
  /** The line that the address names: it is brought into sight once it is there. */
  named: number | null
  scroller: RefObject<HTMLDivElement | null>
}

export function AllRows({ lines, look, named, scroller }: RowsProps) {
  const isThere = named !== null && lines.some((line) => line.number === named)
  useEffect(() => {
    if (isThere) scroller.current?.querySelector(`[data-line="${named}"]`)?.scrollIntoView({ block: 'center' })
  }, [isThere, named, scroller])
  return lines.map((line) => <LogRow key={line.id} line={line} look={look} isNamed={line.number === named} />)
}

/** Only the rows in sight, in their place in a box as high as all of them. */
export function VirtualRows({ lines, look, named, scroller }: RowsProps) {
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => lines[index]?.id ?? index,
    overscan: 30,
    // Before the first measure: enough rows for any screen, so that nothing flashes empty.
    initialRect: { width: 0, height: 1_200 },
  })
  const at = named === null ? -1 : lines.findIndex((line) => line.number === named)
  const isThere = at >= 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another line is named, not when lines come
  useEffect(() => {
    if (isThere) rows.scrollToIndex(at, { align: 'center' })
  }, [isThere, named])
  const shown = rows.getVirtualItems()
  return (
    <div className="relative" style={{ height: rows.getTotalSize() }}>
      <div className="w-full" style={{ transform: `translateY(${shown[0]?.start ?? 0}px)` }}>
        {shown.map(({ key, index }) => {
          const line = lines[index]
          if (!line) return null
          return (
            <div key={key} data-index={index} ref={look.wrap ? rows.measureElement : undefined}>
              <LogRow line={line} look={look} isNamed={line.number === named} />
            </div>
          )
        })}
      </div>
    </div>
  )
}
