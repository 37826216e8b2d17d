'use client'

import { useEffect, useState } from 'react'

/** The line that the page's address names, `#L120`, and the way to name another. */
export function useLineAddress(): [line: number | null, name: (line: number | null) => void] {
  const [line, setLine] = useState<number | null>(null)
  useEffect(() => {
    const read = () => setLine(lineOf(window.location.hash))
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  return [
    line,
    (next) => {
      const { pathname, search } = window.location
      window.history.replaceState(window.history.state, '', `${pathname}${search}${next === null ? '' : `#L${next}`}`)
      setLine(next)
    },
  ]
}

function lineOf(hash: string): number | null {
  const [, digits] = /^#L(\d{1,12})$/.exec(hash) ?? []
  return digits ? Number(digits) : null
}
