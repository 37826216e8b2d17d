import type { LogPage, LogQuery, LogReading } from './log-store'

export type SharedReads = (reading: LogReading, runId: string, query: LogQuery) => Promise<LogPage>

/**
 * Reads of one page that are asked for in the same turn are one: a nudge wakes all viewers of a run at once. None of them
 * has heard of more than that read will find, for nothing else is heard before the turn ends.
 */
export function createSharedReads(): SharedReads {
  const asked = new Map<LogReading, Map<string, Promise<LogPage>>>()
  return (reading, runId, query) => {
    if (asked.size === 0) process.nextTick(() => asked.clear())
    const pages = asked.get(reading) ?? new Map<string, Promise<LogPage>>()
    asked.set(reading, pages)
    const key = JSON.stringify([runId, query.offset, query.limitBytes, query.stream, query.endOffset])
    const page = pages.get(key) ?? reading.read(runId, query)
    pages.set(key, page)
    return page
  }
}
