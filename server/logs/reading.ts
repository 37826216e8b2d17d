import { readLineStreams } from './line-streams'
import { readLines } from './lines'
import type { LogReading } from './log-store'
import { readPage } from './reader'
import { measure } from './records'
import { searchLog } from './search'
import { closeSource, type LogSource } from './source'

/** The read operations of a store: `open` returns a run's log, or null where there is none, which then reads as empty. */
export function createReading(open: (runId: string) => Promise<LogSource | null>): LogReading {
  async function withSource<T>(runId: string, none: T, work: (source: LogSource) => Promise<T>): Promise<T> {
    const source = await open(runId)
    if (!source) return none
    try {
      return await work(source)
    } finally {
      await closeSource(source)
    }
  }
  return {
    read: (runId, query) =>
      withSource(runId, { entries: [], nextOffset: query.offset, logBytes: 0 }, (source) => readPage(source, query)),
    lines: (runId, query) =>
      withSource(
        runId,
        { entries: [], offset: 0, nextOffset: 0, firstLine: 1, nextLine: 1, totalLines: 0, logBytes: 0 },
        (source) => readLines(source, query),
      ),
    lineStreams: (runId, query) =>
      withSource(
        runId,
        { firstLine: 1, counts: [], unended: { stdout: null, stderr: null }, nextOffset: 0, logBytes: 0 },
        (source) => readLineStreams(source, query),
      ),
    async *search(runId, query, signal) {
      const source = await open(runId)
      if (!source) {
        yield { hits: [], nextOffset: query.offset, logBytes: 0, done: true, more: false }
        return
      }
      try {
        yield* searchLog(source, query, signal)
      } finally {
        await closeSource(source)
      }
    },
    info: (runId) => withSource(runId, { bytes: 0 }, async (source) => ({ bytes: (await measure(source)).bytes })),
  }
}
