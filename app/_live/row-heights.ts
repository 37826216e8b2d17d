const pageRows = 512

export type RowHeights = ReturnType<typeof createRowHeights>

type Page = { heights: Uint16Array; known: number; px: number }

/** The heights of many rows: `rowPx` until a row has been rendered and measured. Rows count from 0. */
export function createRowHeights(rowPx: number) {
  const pages = new Map<number, Page>()
  let count = 0

  function page(of: number): Page {
    const found = pages.get(of) ?? { heights: new Uint16Array(pageRows), known: 0, px: 0 }
    pages.set(of, found)
    return found
  }

  /** The distance from the first row's top to this row's top. */
  function topOf(row: number): number {
    const ownPage = Math.floor(row / pageRows)
    let top = row * rowPx
    for (const [at, { known, px, heights }] of pages) {
      if (at < ownPage) top += px - known * rowPx
      else if (at === ownPage) {
        for (const height of heights.subarray(0, row % pageRows)) if (height > 0) top += height - rowPx
      }
    }
    return top
  }

  return {
    topOf,
    resize(rows: number): void {
      count = rows
    },
    total: () => topOf(count),
    /** Returns whether the height has changed. */
    measure(row: number, px: number): boolean {
      const known = pages.get(Math.floor(row / pageRows))
      const before = known?.heights[row % pageRows] ?? 0
      if (px === before || (before === 0 && px === rowPx)) return false
      const { heights, ...sums } = page(Math.floor(row / pageRows))
      heights[row % pageRows] = Math.min(px, 65_535)
      pages.set(Math.floor(row / pageRows), {
        heights,
        known: sums.known + (before === 0 ? 1 : 0),
        px: sums.px + Math.min(px, 65_535) - before,
      })
      return true
    },
    /** The row at this distance from the first row's top. */
    rowAt(top: number): number {
      let low = 0
      let high = Math.max(0, count - 1)
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if (topOf(middle) <= top) low = middle
        else high = middle - 1
      }
      return low
    },
    /** Drops all measurements, after a change of width or of the rows. */
    forget(): void {
      pages.clear()
    },
  }
}
