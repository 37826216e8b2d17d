'use client'

import { type RefObject, useEffect, useState } from 'react'
import { splitHeld } from './held-rows'

const topPx = 24

/**
 * Holds newer rows back while the list is scrolled. `waiting` counts them; `release` goes to the top and shows them.
 */
export function useHeldRows<Row extends { id: string }>(rows: readonly Row[], scroller: RefObject<HTMLElement | null>) {
  const [heldId, setHeldId] = useState<string | null>(null)
  const topId = rows[0]?.id ?? null

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const onScroll = () => setHeldId((held) => (element.scrollTop < topPx ? null : (held ?? topId)))
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [scroller, topId])

  return {
    ...splitHeld(rows, heldId),
    release() {
      setHeldId(null)
      scroller.current?.scrollTo({ top: 0 })
    },
  }
}
