'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

const nearPx = 24

/**
 * Keeps the end in sight while following. Scrolling up stops that, coming back to the end begins it again. `goneAbovePx`
 * is the height taken away above what is read: the reader's place moves with it.
 */
export function useFollow(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  goneAbovePx: number,
) {
  const [following, setFollowing] = useState(true)
  const followingNow = useRef(true)
  const set = useCallback((next: boolean) => {
    followingNow.current = next
    setFollowing(next)
  }, [])

  useEffect(() => {
    const element = scroller.current
    const inner = content.current
    if (!element || !inner) return
    let top = element.scrollTop
    let height = element.scrollHeight
    const toEnd = () => followingNow.current && element.scrollTo({ top: element.scrollHeight, behavior: 'instant' })
    const onScroll = () => {
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx
      const up = element.scrollTop < top - 2 && element.scrollHeight >= height
      top = element.scrollTop
      height = element.scrollHeight
      if (atEnd) set(true)
      else if (up) set(false)
    }
    const sizes = new ResizeObserver(toEnd)
    sizes.observe(inner)
    sizes.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      sizes.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [scroller, content, set])

  const goneBefore = useRef(goneAbovePx)
  useLayoutEffect(() => {
    const moved = goneAbovePx - goneBefore.current
    goneBefore.current = goneAbovePx
    if (moved !== 0 && !followingNow.current && scroller.current) scroller.current.scrollTop -= moved
  }, [goneAbovePx, scroller])

  return {
    following,
    follow() {
      set(true)
      const element = scroller.current
      element?.scrollTo({ top: element.scrollHeight, behavior: 'instant' })
    },
  }
}
