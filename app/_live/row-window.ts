import { createRowHeights } from './row-heights'
import { createScrollMap } from './scroll-map'

const padPx = 8
const overscanRows = 20

/** The top of this row is `at` pixels below the top of the view. */
export type Anchor = { row: number; at: number }

type Dimensions = {
  /** How many rows there are. */
  count: number
  viewPx: number
  following: boolean
  /** All heights are measured again when this changes. */
  shape: string
}

/**
 * Which of very many rows are rendered, and where. The view is anchored to a row and not to a distance: it stays in place
 * when other rows turn out to be higher or lower than estimated. Rows count from 1.
 */
export function createRowWindow(rowPx: number, firstAnchor: Anchor | null) {
  const map = createScrollMap()
  const heights = createRowHeights(rowPx)
  let anchor: Anchor = firstAnchor ?? { row: 1, at: padPx }
  let measuredShape = ''
  const topOf = (row: number) => padPx + heights.topOf(row - 1)
  const rowAt = (px: number) => heights.rowAt(px - padPx) + 1

  function anchorTo(top: number): void {
    const row = rowAt(top)
    anchor = { row, at: topOf(row) - top }
  }

  return {
    layout({ count, viewPx, following, shape }: Dimensions) {
      if (measuredShape !== shape) heights.forget()
      measuredShape = shape
      heights.resize(count)
      const wholePx = count === 0 ? 0 : heights.total() + 2 * padPx
      map.resize(wholePx, viewPx)
      const top = map.moveTo(following ? wholePx : topOf(anchor.row) - anchor.at)
      if (following) anchorTo(top)
      const first = Math.max(1, rowAt(top) - overscanRows)
      const last = Math.min(count, rowAt(top + viewPx) + overscanRows)
      return { first, last, boxPx: map.boxPx(), viewPx: Math.min(viewPx, map.boxPx()), offsetPx: topOf(first) - top }
    },
    /** Reports the scroll position of the box. Returns whether the view has moved. */
    scrolled(scrollTop: number): boolean {
      if (!map.scrolled(scrollTop)) return false
      anchorTo(map.top())
      return true
    },
    settle: map.settle,
    isStuck: map.isStuck,
    /** How far below the view the end is, in pixels of the whole; infinite while there are no rows. */
    distance: () => (map.boxPx() === 0 ? Number.POSITIVE_INFINITY : map.rest()),
    /** Moves a row to the top of the view, or to its middle unless it is visible. Returns whether the view moves. */
    goTo(row: number, where: 'middle' | 'top', viewPx: number): boolean {
      const at = topOf(row) - map.top()
      if (where === 'middle' && at >= 0 && at <= viewPx - 2 * rowPx) return false
      anchor = { row, at: where === 'top' ? padPx : viewPx / 2 }
      return true
    },
    topRow: () => anchor.row,
    /** Records the height of a rendered row. Returns whether it has changed. */
    measure: (row: number, px: number): boolean => heights.measure(row - 1, px),
  }
}
