const pageRows = 512

export type RowHeights = ReturnType<typeof createRowHeights>

type Page = { heights: Uint16Array; known: number; px: number }

/** How high each of many rows is: measured once it was drawn, and until then `rowPx`. Rows count from 0. */
export function createRowHeights(rowPx: number) {
  const pages = new Map<number, Page>()
  let count = 0

  function page(of: number): Page {
    const found = pages.get(of) ?? { heights: new Uint16Array(pageRows), known: 0, px: 0 }
    pages.set(of, found)
    return found
  }

  /** How far a row's top is from the first one's. */
  function topOf(row: number): number {
    const own = Math.floor(row / pageRows)
    let top = row * rowPx
    for (const [at, { known, px, heights }] of pages) {
      if (at < own) top += px - known * rowPx
      else if (at === own) {
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
    /** Answers whether that is news. */
    measure(row: number, px: number): boolean {
      const held = pages.get(Math.floor(row / pageRows))
      const before = held?.heights[row % pageRows] ?? 0
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
    /** The row that stands at a distance from the first one's top. */
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
    /** The box has another width, or the rows are others. */
    forget(): void {
      pages.clear()
    },
  }
}
