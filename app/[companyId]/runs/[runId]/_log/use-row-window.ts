'use client'

import { type RefObject, useCallback, useLayoutEffect, useReducer, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { type Anchor, createRowWindow } from '@/app/_live/row-window'
import { rowPx } from './log-row'
import { useScrolling } from './use-scrolling'

type RowWindowSettings = {
  count: number
  scroller: RefObject<HTMLElement | null>
  following: boolean
  /** Rows have other heights when this changes. Null if all of them are `rowPx` high. */
  shape: string | null
}

/** The rows that are visible in the scroller, and ways to move among the others. */
export function useRowWindow({ count, scroller, following, shape }: RowWindowSettings) {
  const [rows] = useState(() => createRowWindow(rowPx, firstVisible(scroller.current)))
  const [box, setBox] = useState({ height: 800, width: 0 })
  const [, rerender] = useReducer((times: number) => times + 1, 0)
  const hasJumped = useRef(false)
  const wholeShape = shape === null ? '' : `${shape} ${box.width}`
  const layout = rows.layout({ count, viewPx: box.height, following, shape: wholeShape })

  const settle = useCallback(() => {
    const scrollTop = rows.settle()
    if (scrollTop !== null && scroller.current) scroller.current.scrollTop = scrollTop
  }, [rows, scroller])
  const readScroll = useCallback(() => rows.scrolled(scroller.current?.scrollTop ?? 0), [rows, scroller])

  const isScrolling = useScrolling(scroller, {
    onMove() {
      if (readScroll()) flushSync(rerender)
      if (rows.isStuck()) settle()
    },
    onRest: settle,
    onSize: setBox,
  })
  useLayoutEffect(() => {
    if (following || hasJumped.current || !isScrolling.current) settle()
    hasJumped.current = false
  })

  return {
    ...layout,
    distance: useCallback(() => {
      if (readScroll()) rerender()
      return rows.distance()
    }, [rows, readScroll]),
    /** Moves a row to the top of the view, or to its middle unless it is visible. */
    goTo: useCallback(
      (row: number, where: 'middle' | 'top' = 'middle') => {
        if (!rows.goTo(row, where, scroller.current?.clientHeight ?? 0)) return
        hasJumped.current = true
        rerender()
      },
      [scroller, rows],
    ),
    topRow: rows.topRow,
    /** Measures the rows that were rendered into `container`. */
    measure(container: HTMLElement): void {
      if (shape === null) return
      const elements = [...container.children].filter((child) => child instanceof HTMLElement)
      const changes = elements.filter((element) => {
        const row = Number(element.dataset.row)
        return row > 0 && rows.measure(row, element.offsetHeight)
      })
      if (changes.length > 0) rerender()
    },
  }
}

/** The row at the top of the rows that are rendered already. */
function firstVisible(scroller: HTMLElement | null): Anchor | null {
  const top = scroller?.getBoundingClientRect().top ?? 0
  for (const element of scroller?.querySelectorAll<HTMLElement>('[data-row]') ?? []) {
    const { top: at, bottom } = element.getBoundingClientRect()
    if (bottom > top) return { row: Number(element.dataset.row), at: at - top }
  }
  return null
}
