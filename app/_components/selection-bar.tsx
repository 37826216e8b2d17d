'use client'

import { type ReactNode, useEffect } from 'react'
import { Button } from './ui/button'
import type { Selection } from './use-selection'

/** The actions on the selected rows, below the list. Escape clears the selection. */
export function SelectionBar({
  selection,
  noun,
  children,
}: {
  selection: Selection
  noun: string
  children: ReactNode
}) {
  const { selected, clear } = selection
  const isOpen = selected.length > 0
  useEffect(() => {
    if (!isOpen) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !document.querySelector('[role=dialog]')) clear()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [isOpen, clear])
  if (!isOpen) return null
  return (
    <div
      role="toolbar"
      aria-label="Selection"
      className="flex shrink-0 animate-changed flex-wrap items-center gap-2 border-t bg-rail px-4 py-2 sm:px-6"
    >
      <span className="mr-2 font-medium">
        {selected.length} {noun}
        {selected.length === 1 ? '' : 's'} selected
      </span>
      {children}
      <Button variant="quiet" onClick={clear}>
        Clear
      </Button>
    </div>
  )
}
