import { pageLines, pageOf } from './line-pages'

const mostAtOnce = 3
const retryAfterMs = 1_000

type PageSource = {
  rowCount(): number
  hasRow(row: number): boolean
  /** Marks a page as used, so that the cache keeps it. */
  touch(page: number): void
  /** Reads a page into the cache. */
  read(page: number): Promise<void>
}

/** Reads the pages of the visible rows that are missing, a few at once. A page that could not be read is tried again. */
export function createPageLoader(source: PageSource) {
  const loading = new Set<number>()
  /** The number of rows when a page was last read: rows that it lacks can exist only once there are more. */
  const attempts = new Map<number, number>()
  let visible = { from: 1, to: 0 }
  let isStopped = false

  function isLoaded(page: number, to: number): boolean {
    const first = Math.max(visible.from, page * pageLines + 1)
    return source.hasRow(first) && source.hasRow(Math.min(to, (page + 1) * pageLines))
  }

  function loadMissing(): void {
    const to = Math.min(visible.to, source.rowCount())
    for (let page = pageOf(Math.max(1, visible.from)); !isStopped && page <= pageOf(to); page++) {
      const isTried = attempts.get(page) === source.rowCount() || loading.has(page)
      if (isLoaded(page, to)) source.touch(page)
      else if (!isTried && loading.size < mostAtOnce) void load(page)
    }
  }

  async function load(page: number): Promise<void> {
    loading.add(page)
    attempts.set(page, source.rowCount())
    try {
      await source.read(page)
    } catch {
      attempts.delete(page)
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs))
    } finally {
      loading.delete(page)
      loadMissing()
    }
  }

  return {
    loadMissing,
    show(from: number, to: number): void {
      visible = { from, to }
      attempts.clear()
      loadMissing()
    },
    stop(): void {
      isStopped = true
    },
  }
}
