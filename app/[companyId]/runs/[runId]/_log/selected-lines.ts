'use client'

import { useCallback, useEffect, useState } from 'react'

/** A range of line numbers, both ends included. `from` was selected first and may be the larger one. */
export type LineRange = { from: number; to: number }
export type SelectLine = (line: number, extend?: boolean) => void

/** The lines in the fragment of the page's URL, `#L120` or `#L120-L140`, and a function that selects others. */
export function useSelectedLines(): [selected: LineRange | null, select: SelectLine] {
  const [selected, setSelected] = useState<LineRange | null>(null)
  useEffect(() => {
    const read = () => setSelected(linesOfHash(window.location.hash))
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  const select = useCallback<SelectLine>((line, extend = false) => {
    const { pathname, search, hash } = window.location
    const from = (extend && linesOfHash(hash)?.from) || line
    const next = { from, to: line }
    window.history.replaceState(window.history.state, '', `${pathname}${search}${hashOf(next)}`)
    setSelected(next)
  }, [])
  return [selected, select]
}

export function firstAndLast({ from, to }: LineRange): [first: number, last: number] {
  return [Math.min(from, to), Math.max(from, to)]
}

export function isSelected(line: number | null, selected: LineRange | null): boolean {
  if (line === null || selected === null) return false
  const [first, last] = firstAndLast(selected)
  return line >= first && line <= last
}

function hashOf({ from, to }: LineRange): string {
  return from === to ? `#L${from}` : `#L${from}-L${to}`
}

function linesOfHash(hash: string): LineRange | null {
  const [, from, to] = /^#L(\d{1,12})(?:-L(\d{1,12}))?$/.exec(hash) ?? []
  return from ? { from: Number(from), to: Number(to ?? from) } : null
}
