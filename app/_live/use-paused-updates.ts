'use client'

import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { splitPaused } from './paused-updates'

const topPx = 24

/**
 * Pauses a list while it is scrolled: newer rows are not shown. `waiting` counts them, and `release` scrolls to the top
 * and shows them.
 */
export function usePausedUpdates<Row extends { id: string }>(
  rows: readonly Row[],
  scroller: RefObject<HTMLElement | null>,
) {
  const [pausedIds, setPausedIds] = useState<readonly string[] | null>(null)
  const latest = useRef(rows)
  latest.current = rows

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const topIds = () => latest.current.slice(0, 200).map((row) => row.id)
    const onScroll = () => setPausedIds((paused) => (element.scrollTop < topPx ? null : (paused ?? topIds())))
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [scroller])

  return {
    ...useMemo(() => splitPaused(rows, pausedIds), [rows, pausedIds]),
    release() {
      setPausedIds(null)
      scroller.current?.scrollTo({ top: 0 })
    },
  }
}
