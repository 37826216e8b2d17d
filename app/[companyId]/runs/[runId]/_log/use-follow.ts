'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

const nearPx = 24
const keysUp = ['ArrowUp', 'PageUp', 'Home']

/**
 * Keeps the end in sight while following. Scrolling up stops that, coming back to the end begins it again. `goneAbovePx`
 * is the height taken away above what is read: the reader's place moves with it.
 */
export function useFollow(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  goneAbovePx: number,
  /** False while a line is named: that is what somebody came to read. */
  mayFollow = true,
) {
  const [following, setFollowing] = useState(mayFollow)
  const now = useRef({ following: mayFollow, top: 0, height: 0, goneAbovePx })

  const set = useCallback((next: boolean) => {
    now.current.following = next
    setFollowing(next)
  }, [])

  const toEnd = useCallback(() => {
    const element = scroller.current
    if (!element || !now.current.following) return
    element.scrollTop = element.scrollHeight
    now.current.top = element.scrollTop
    now.current.height = element.scrollHeight
  }, [scroller])

  // After every drawing, before the browser tells of the scrolling that it caused.
  useLayoutEffect(() => {
    const moved = goneAbovePx - now.current.goneAbovePx
    now.current.goneAbovePx = goneAbovePx
    if (moved !== 0 && !now.current.following && scroller.current) scroller.current.scrollTop -= moved
    toEnd()
  })

  useEffect(() => {
    if (!mayFollow) set(false)
  }, [mayFollow, set])

  useEffect(() => {
    const element = scroller.current
    const inner = content.current
    if (!element || !inner) return
    const sizes = new ResizeObserver(toEnd)
    sizes.observe(inner)
    sizes.observe(element)
    const stop = onReaderMoves(element, now.current, set)
    return () => {
      sizes.disconnect()
      stop()
    }
  }, [scroller, content, set, toEnd])

  return {
    following,
    follow() {
      set(true)
      toEnd()
    },
  }
}

/** The wheel and the keys are heard at once: by the time the scrolling is told, more of the log may have come. */
function onReaderMoves(
  element: HTMLElement,
  place: { top: number; height: number },
  set: (following: boolean) => void,
) {
  const controller = new AbortController()
  const { signal } = controller
  const canMove = () => element.scrollTop > 0
  element.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && canMove() && set(false), { passive: true, signal })
  element.addEventListener('keydown', ({ key }) => keysUp.includes(key) && canMove() && set(false), { signal })
  let fingerY = 0
  element.addEventListener(
    'touchmove',
    ({ touches }) => {
      const y = touches[0]?.clientY ?? fingerY
      if (y > fingerY && fingerY > 0 && canMove()) set(false)
      fingerY = y
    },
    { passive: true, signal },
  )
  element.addEventListener(
    'scroll',
    () => {
      const up = element.scrollTop < place.top - 2 && element.scrollHeight >= place.height
      place.top = element.scrollTop
      place.height = element.scrollHeight
      if (element.scrollHeight - element.scrollTop - element.clientHeight < nearPx) set(true)
      else if (up) set(false)
    },
    { passive: true, signal },
  )
  return () => controller.abort()
}
