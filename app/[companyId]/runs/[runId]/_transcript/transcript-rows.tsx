'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { type MouseEvent, type ReactNode, type RefObject, useCallback, useEffect, useState } from 'react'
import { cn } from '@/app/_components/ui/classes'
import type { SelectLine } from '@/app/[companyId]/runs/[runId]/_log/selected-lines'
import type { TranscriptEntry } from '@/server/domain/transcript'
import { entryOfLine } from './entry-of-line'
import { EntryRow } from './entry-row'

/** Up to this many entries are all rendered, so that the browser's own search finds them. */
const mostPlainRows = 500

type TranscriptRowsProps = {
  entries: readonly TranscriptEntry[]
  /** For every entry, the lines that it was made from. */
  sources: readonly (readonly number[])[]
  hasEnded: boolean
  scroller: RefObject<HTMLDivElement | null>
  /** A line of the log whose entry is scrolled into view. */
  selected: number | null
  onSelectLine: SelectLine
}

export function TranscriptRows({ entries, sources, hasEnded, scroller, selected, onSelectLine }: TranscriptRowsProps) {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const toggle = useCallback((index: number) => {
    setOpened((before) => {
      const after = new Set(before)
      if (!after.delete(index)) after.add(index)
      return after
    })
  }, [])
  const shown = selected === null ? -1 : entryOfLine(sources, selected)
  const row = (index: number) => {
    const entry = entries[index]
    if (!entry) return null
    return (
      <LinkedEntry lines={sources[index] ?? []} isSelected={index === shown} onSelectLine={onSelectLine}>
        <EntryRow index={index} entry={entry} isOpen={opened.has(index)} onToggle={toggle} hasEnded={hasEnded} />
      </LinkedEntry>
    )
  }
  const rows = { count: entries.length, row, scroller, shown }
  return entries.length > mostPlainRows ? <VirtualRows {...rows} /> : <PlainRows {...rows} />
}

type LinkedEntryProps = { lines: readonly number[]; isSelected: boolean; onSelectLine: SelectLine; children: ReactNode }

/** An entry that links to its line in the log. */
function LinkedEntry({ lines: [line = 0], isSelected, onSelectLine, children }: LinkedEntryProps) {
  if (line === 0) return children
  const onClick = ({ target }: MouseEvent) => {
    const isControl = target instanceof Element && target.closest('button, a, summary') !== null
    if (!isControl && window.getSelection()?.isCollapsed !== false) onSelectLine(line)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      onClick={onClick}
      className={cn(
        'group relative -mx-2 rounded-md px-2 pr-12 hover:bg-hover',
        isSelected && 'bg-selected hover:bg-selected',
      )}
    >
      {children}
      <button
        type="button"
        title={`Show line ${line} of the log`}
        aria-label={`Show line ${line} of the log`}
        onClick={() => onSelectLine(line)}
        className="absolute top-1.5 right-2 rounded font-mono text-faint text-small opacity-0 hover:text-ink focus-visible:opacity-100 group-hover:opacity-100"
      >
        {line}
      </button>
    </div>
  )
}

type RowsProps = {
  count: number
  row: (index: number) => ReactNode
  scroller: RefObject<HTMLDivElement | null>
  shown: number
}

function PlainRows({ count, row, scroller, shown }: RowsProps) {
  useEffect(() => {
    if (shown >= 0) scroller.current?.querySelector(`[data-index="${shown}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [scroller, shown])
  return Array.from({ length: count }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an entry never changes its index
    <div key={index} data-index={index}>
      {row(index)}
    </div>
  ))
}

function VirtualRows({ count, row, scroller, shown }: RowsProps) {
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => 60,
    overscan: 12,
    initialRect: { width: 0, height: 1_200 },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another entry is selected, not when entries arrive
  useEffect(() => {
    if (shown >= 0) rows.scrollToIndex(shown, { align: 'auto' })
  }, [shown])
  const items = rows.getVirtualItems()
  return (
    <div className="relative" style={{ height: rows.getTotalSize() }}>
      <div className="w-full" style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
        {items.map(({ key, index }) => (
          <div key={key} data-index={index} ref={rows.measureElement}>
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  )
}
