'use client'

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'

const restAfterMs = 150

type ScrollHandlers = {
  onMove(): void
  /** Scrolling has come to rest. */
  onRest(): void
  onSize(box: { height: number; width: number }): void
}

/** Reports scrolling and the size of an element. The returned ref says whether it is being scrolled. */
export function useScrolling(scroller: RefObject<HTMLElement | null>, handlers: ScrollHandlers): RefObject<boolean> {
  const isScrolling = useRef(false)
  const latest = useRef(handlers)
  useLayoutEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const onScroll = () => {
      isScrolling.current = true
      latest.current.onMove()
      clearTimeout(timer)
      timer = setTimeout(() => {
        isScrolling.current = false
        latest.current.onRest()
      }, restAfterMs)
    }
    const onSize = () => latest.current.onSize({ height: element.clientHeight, width: element.clientWidth })
    element.addEventListener('scroll', onScroll, { passive: true })
    const sizes = new ResizeObserver(onSize)
    sizes.observe(element)
    return () => {
      clearTimeout(timer)
      element.removeEventListener('scroll', onScroll)
      sizes.disconnect()
    }
  }, [scroller])
  return isScrolling
}
