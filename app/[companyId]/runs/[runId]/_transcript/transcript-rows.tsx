'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useState } from 'react'
import type { TranscriptEntry } from '@/server/domain/transcript'
import { EntryRow } from './entry-row'

/** Up to this many are all in the page, where the browser's own search finds them. */
const mostPlainRows = 500

type TranscriptRowsProps = {
  entries: readonly TranscriptEntry[]
  hasEnded: boolean
  scroller: RefObject<HTMLDivElement | null>
}

export function TranscriptRows({ entries, hasEnded, scroller }: TranscriptRowsProps) {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const toggle = useCallback((place: number) => {
    setOpened((before) => {
      const after = new Set(before)
      if (!after.delete(place)) after.add(place)
      return after
    })
  }, [])
  const row = (place: number) => {
    const entry = entries[place]
    if (!entry) return null
    return <EntryRow place={place} entry={entry} isOpen={opened.has(place)} onToggle={toggle} hasEnded={hasEnded} />
  }
  if (entries.length > mostPlainRows) return <VirtualRows count={entries.length} row={row} scroller={scroller} />
  // biome-ignore lint/suspicious/noArrayIndexKey: an entry keeps its place for good
  return entries.map((_, place) => <div key={place}>{row(place)}</div>)
}

type VirtualRowsProps = {
  count: number
  row: (place: number) => React.ReactNode
  scroller: RefObject<HTMLDivElement | null>
}

function VirtualRows({ count, row, scroller }: VirtualRowsProps) {
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => 60,
    overscan: 12,
    initialRect: { width: 0, height: 1_200 },
  })
  const shown = rows.getVirtualItems()
  return (
    <div className="relative" style={{ height: rows.getTotalSize() }}>
      <div className="w-full" style={{ transform: `translateY(${shown[0]?.start ?? 0}px)` }}>
        {shown.map(({ key, index }) => (
          <div key={key} data-index={index} ref={rows.measureElement}>
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  )
}
