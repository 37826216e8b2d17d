'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { createRowHeights } from '@/app/_live/row-heights'
import { createScrollMap } from '@/app/_live/scroll-map'
import { rowPx } from './log-row'

const padPx = 8
const overscan = 20
const settleMs = 150

type Anchor = { row: number; at: number }

type RowWindowSettings = {
  count: number
  scroller: RefObject<HTMLElement | null>
  following: boolean
  /** Rows are drawn otherwise when this changes: their heights are measured anew. Null where all are `rowPx` high. */
  shape: string | null
}

/**
 * Which of very many rows are drawn, and where. A row holds the position, not a distance: what others turn out to measure
 * moves nothing of what is looked at.
 */
export function useRowWindow({ count, scroller, following, shape }: RowWindowSettings) {
  const [map] = useState(createScrollMap)
  const [heights] = useState(() => createRowHeights(rowPx))
  const [box, setBox] = useState({ height: 800, width: 0 })
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  /** This row's top stands so many pixels below the view's. */
  const anchor = useRef<Anchor | null>(null)
  anchor.current ??= firstSeen(scroller.current) ?? { row: 1, at: padPx }
  const measuredFor = useRef('')
  const isScrolling = useRef(false)
  const hasGone = useRef(false)

  const wholeShape = shape === null ? '' : `${shape} ${box.width}`
  if (measuredFor.current !== wholeShape) {
    measuredFor.current = wholeShape
    heights.forget()
  }
  heights.resize(count)
  const wholePx = count === 0 ? 0 : heights.total() + 2 * padPx
  map.resize(wholePx, box.height)
  const topOf = (row: number) => padPx + heights.topOf(row - 1)
  const rowAt = (px: number) => heights.rowAt(px - padPx) + 1
  const top = map.moveTo(following ? wholePx : topOf(anchor.current.row) - anchor.current.at)
  if (following) anchor.current = { row: rowAt(top), at: topOf(rowAt(top)) - top }
  const first = Math.max(1, rowAt(top) - overscan)
  const last = Math.min(count, rowAt(top + box.height) + overscan)

  const settle = useCallback(() => {
    const right = map.settle()
    if (right !== null && scroller.current) scroller.current.scrollTop = right
  }, [map, scroller])

  /** Takes in where the box was scrolled to. */
  const read = useCallback(() => {
    if (!map.scrolled(scroller.current?.scrollTop ?? 0)) return false
    const row = heights.rowAt(map.top() - padPx) + 1
    anchor.current = { row, at: padPx + heights.topOf(row - 1) - map.top() }
    return true
  }, [map, heights, scroller])

  useScrolling(scroller, isScrolling, {
    onMove() {
      if (read()) flushSync(redraw)
      if (map.isStuck()) settle()
    },
    onRest: settle,
    onSize: setBox,
  })
  useLayoutEffect(() => {
    if (following || hasGone.current || !isScrolling.current) settle()
    hasGone.current = false
  })

  return {
    first,
    last,
    boxPx: map.boxPx(),
    viewPx: Math.min(box.height, map.boxPx()),
    offsetPx: topOf(first) - top,
    /** How far below the end is, in pixels of the whole; of nothing there is no end yet. */
    distance: useCallback(() => {
      if (read()) redraw()
      return map.boxPx() === 0 ? Number.POSITIVE_INFINITY : map.rest()
    }, [map, read]),
    /** Brings a row to the top of the view, or into the middle where it is not in sight. */
    goTo: useCallback(
      (row: number, where: 'middle' | 'top' = 'middle') => {
        const height = scroller.current?.clientHeight ?? 0
        const at = padPx + heights.topOf(row - 1) - map.top()
        if (where === 'middle' && at >= 0 && at <= height - 2 * rowPx) return
        anchor.current = { row, at: where === 'top' ? padPx : height / 2 }
        hasGone.current = true
        redraw()
      },
      [scroller, heights, map],
    ),
    topRow: () => anchor.current?.row ?? 1,
    /** Takes the heights of what was drawn. */
    measure(drawn: HTMLElement): void {
      if (shape === null) return
      let isNews = false
      for (const child of drawn.children) {
        const row = Number((child as HTMLElement).dataset.row)
        if (row > 0) isNews = heights.measure(row - 1, (child as HTMLElement).offsetHeight) || isNews
      }
      if (isNews) redraw()
    },
  }
}

/** The row at the top of what is drawn already. */
function firstSeen(scroller: HTMLElement | null): Anchor | null {
  const top = scroller?.getBoundingClientRect().top ?? 0
  for (const drawn of scroller?.querySelectorAll<HTMLElement>('[data-row]') ?? []) {
    const { top: at, bottom } = drawn.getBoundingClientRect()
    if (bottom > top) return { row: Number(drawn.dataset.row), at: at - top }
  }
  return null
}

type Handlers = {
  onMove(): void
  onRest(): void
  onSize(box: { height: number; width: number }): void
}

/** Tells of scrolling, of the box's size, and when it has come to rest. */
function useScrolling(
  scroller: RefObject<HTMLElement | null>,
  isScrolling: RefObject<boolean>,
  handlers: Handlers,
): void {
  const latest = useRef(handlers)
  useLayoutEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const moved = () => {
      isScrolling.current = true
      latest.current.onMove()
      clearTimeout(timer)
      timer = setTimeout(() => {
        isScrolling.current = false
        latest.current.onRest()
      }, settleMs)
    }
    const sized = () => latest.current.onSize({ height: element.clientHeight, width: element.clientWidth })
    element.addEventListener('scroll', moved, { passive: true })
    const sizes = new ResizeObserver(sized)
    sizes.observe(element)
    return () => {
      clearTimeout(timer)
      element.removeEventListener('scroll', moved)
      sizes.disconnect()
    }
  }, [scroller, isScrolling])
}
