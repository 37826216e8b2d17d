import type { LogPage, LogQuery, LogReading } from './log-store'

export type SharedReads = (reading: LogReading, runId: string, query: LogQuery) => Promise<LogPage>

type Pages = Map<string, Promise<LogPage>>

const mostKept = 16
const keptMs = 1000

/**
 * One read for many viewers, who get the same entries. Calls for one page in the same turn of the event loop share a read:
 * a notification wakes all viewers of a run at once, and that read finds all text that any of them was notified of, since
 * no other notification arrives before the turn ends. A full page is cached for a second for slower viewers: logs are
 * append-only.
 */
export function createSharedReads(): SharedReads {
  const asked = new Map<LogReading, Pages>()
  const kept = new Map<LogReading, Pages>()

  function read(reading: LogReading, runId: string, query: LogQuery, key: string): Promise<LogPage> {
    if (asked.size === 0) process.nextTick(() => asked.clear())
    if (kept.size === 0) setTimeout(() => kept.clear(), keptMs).unref()
    const pages = pagesOf(asked, reading)
    const page = pages.get(key) ?? reading.read(runId, query)
    pages.set(key, page)
    keep(pagesOf(kept, reading), key, page)
    return page
  }

  function keep(pages: Pages, key: string, page: Promise<LogPage>): void {
    pages.delete(key)
    pages.set(key, page)
    for (const oldest of pages.keys()) if (pages.size > mostKept) pages.delete(oldest)
  }

  return async (reading, runId, query) => {
    const key = JSON.stringify([runId, query.offset, query.limitBytes, query.stream, query.endOffset])
    const same = asked.get(reading)?.get(key)
    if (same) return await same
    const earlier = await kept
      .get(reading)
      ?.get(key)
      ?.catch(() => null)
    return earlier && isFull(earlier, query) ? earlier : await read(reading, runId, query, key)
  }
}

function isFull(page: LogPage, { offset }: LogQuery): boolean {
  return page.nextOffset > offset && page.nextOffset < page.logBytes
}

function pagesOf(all: Map<LogReading, Pages>, reading: LogReading): Pages {
  const pages: Pages = all.get(reading) ?? new Map()
  all.set(reading, pages)
  return pages
}
