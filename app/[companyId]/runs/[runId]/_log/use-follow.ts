'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

const nearPx = 24
const keysUp = ['ArrowUp', 'PageUp', 'Home']

type FollowSettings = {
  /** The selected lines. Selecting other lines ends the following. */
  selected?: object | null
  initially?: boolean
  /** How far below the view the end is, if that is not the distance to the end of the box. */
  distance?: RefObject<(() => number) | null>
}

/** Keeps the end visible while following. Scrolling up ends the following, scrolling back to the end resumes it. */
export function useFollow(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  { selected = null, initially = selected === null, distance }: FollowSettings = {},
) {
  const [following, setFollowing] = useState(initially)
  const now = useRef({ following: initially, top: 0, height: 0 })

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

  // After every render, before the browser fires the scroll events that it causes.
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
    const stop = onUserScroll(element, now.current, set, () => distance?.current?.() ?? distanceOf(element))
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

/** Listens to wheel, keys and touch besides scroll events, which may fire only after more of the log has arrived. */
function onUserScroll(
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
      // A late scroll event, caused by our own scrolling, must not take the reader back to the end.
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
