'use client'

import { useCallback, useEffect, useState } from 'react'

/** Lines by their numbers, both counted. `from` is the one that was named first. */
export type NamedLines = { from: number; to: number }
export type NameLine = (line: number, extend?: boolean) => void

/** The lines that the page's address names, `#L120` or `#L120-L140`, and the way to name others. */
export function useLineAddress(): [named: NamedLines | null, name: NameLine] {
  const [named, setNamed] = useState<NamedLines | null>(null)
  useEffect(() => {
    const read = () => setNamed(linesOfHash(window.location.hash))
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  const name = useCallback<NameLine>((line, extend = false) => {
    const { pathname, search, hash } = window.location
    const from = (extend && linesOfHash(hash)?.from) || line
    const next = { from, to: line }
    window.history.replaceState(window.history.state, '', `${pathname}${search}${hashOf(next)}`)
    setNamed(next)
  }, [])
  return [named, name]
}

export function firstAndLast({ from, to }: NamedLines): [first: number, last: number] {
  return [Math.min(from, to), Math.max(from, to)]
}

export function isNamed(line: number | null, named: NamedLines | null): boolean {
  if (line === null || named === null) return false
  const [first, last] = firstAndLast(named)
  return line >= first && line <= last
}

function hashOf({ from, to }: NamedLines): string {
  return from === to ? `#L${from}` : `#L${from}-L${to}`
}

function linesOfHash(hash: string): NamedLines | null {
  const [, from, to] = /^#L(\d{1,12})(?:-L(\d{1,12}))?$/.exec(hash) ?? []
  return from ? { from: Number(from), to: Number(to ?? from) } : null
}
