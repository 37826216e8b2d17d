'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

const nearPx = 24
const keysUp = ['ArrowUp', 'PageUp', 'Home']

type FollowSettings = {
  /** The lines that are selected: what somebody came to read. Others end the following. */
  selected?: object | null
  atFirst?: boolean
  /** How far below the end is, where the box does not tell. */
  distance?: RefObject<(() => number) | null>
}

/** Keeps the end in sight while following. Scrolling up stops that, coming back to the end begins it again. */
export function useFollow(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  { selected = null, atFirst = selected === null, distance }: FollowSettings = {},
) {
  const [following, setFollowing] = useState(atFirst)
  const now = useRef({ following: atFirst, top: 0, height: 0 })

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
  useLayoutEffect(toEnd)

  useEffect(() => {
    if (selected !== null) set(false)
  }, [selected, set])

  useEffect(() => {
    const element = scroller.current
    const inner = content.current
    if (!element || !inner) return
    const sizes = new ResizeObserver(toEnd)
    sizes.observe(inner)
    sizes.observe(element)
    const stop = onReaderMoves(element, now.current, set, () => distance?.current?.() ?? distanceOf(element))
    return () => {
      sizes.disconnect()
      stop()
    }
  }, [scroller, content, distance, set, toEnd])

  return {
    following,
    leave: useCallback(() => set(false), [set]),
    follow() {
      set(true)
      toEnd()
    },
  }
}

function distanceOf(element: HTMLElement): number {
  return element.scrollHeight - element.scrollTop - element.clientHeight
}

/** The wheel and the keys are heard at once: by the time the scrolling is told, more of the log may have come. */
function onReaderMoves(
  element: HTMLElement,
  position: { top: number; height: number },
  set: (following: boolean) => void,
  distance: () => number,
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
      // Told late, of what was scrolled here, it must not take the reader back to the end.
      const down = element.scrollTop > position.top + 1
      const up = element.scrollTop < position.top - 2 && element.scrollHeight >= position.height
      position.top = element.scrollTop
      position.height = element.scrollHeight
      if (up) set(false)
      if (down && distance() < nearPx) set(true)
    },
    { passive: true, signal },
  )
  return () => controller.abort()
}
