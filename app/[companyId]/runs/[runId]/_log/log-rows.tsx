'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'
import type { LogLine } from '@/app/_live/log-buffer'
import { LogRow, rowPx } from './log-row'

type RowsProps = {
  lines: readonly LogLine[]
  numbered: boolean
  wrap: boolean
  scroller: RefObject<HTMLDivElement | null>
}

export function AllRows({ lines, numbered, wrap }: RowsProps) {
  return lines.map((line) => <LogRow key={line.id} line={line} numbered={numbered} wrap={wrap} />)
}

/** Only the rows in sight, in their place in a box as high as all of them. */
export function VirtualRows({ lines, numbered, wrap, scroller }: RowsProps) {
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => lines[index]?.id ?? index,
    overscan: 30,
    // Before the first measure: enough rows for any screen, so that nothing flashes empty.
    initialRect: { width: 0, height: 1_200 },
  })
  const shown = rows.getVirtualItems()
  return (
    <div className="relative" style={{ height: rows.getTotalSize() }}>
      <div className="w-full" style={{ transform: `translateY(${shown[0]?.start ?? 0}px)` }}>
        {shown.map(({ key, index }) => {
          const line = lines[index]
          if (!line) return null
          return (
            <div key={key} data-index={index} ref={wrap ? rows.measureElement : undefined}>
              <LogRow line={line} numbered={numbered} wrap={wrap} />
            </div>
          )
        })}
      </div>
    </div>
  )
}
