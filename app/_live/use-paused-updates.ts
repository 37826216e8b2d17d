'use client'

import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { splitPaused } from './paused-updates'

const topPx = 24

/**
 * Holds newer rows back while the list is scrolled. `waiting` counts them; `release` goes to the top and shows them.
 */
export function usePausedUpdates<Row extends { id: string }>(
  rows: readonly Row[],
  scroller: RefObject<HTMLElement | null>,
) {
  const [heldIds, setHeldIds] = useState<readonly string[] | null>(null)
  const latest = useRef(rows)
  latest.current = rows

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const topIds = () => latest.current.slice(0, 200).map((row) => row.id)
    const onScroll = () => setHeldIds((held) => (element.scrollTop < topPx ? null : (held ?? topIds())))
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [scroller])

  return {
    ...useMemo(() => splitPaused(rows, heldIds), [rows, heldIds]),
    release() {
      setHeldIds(null)
      scroller.current?.scrollTo({ top: 0 })
    },
  }
}
