import type { RawSql } from '@/db/client'
import { type FollowRun, followRun } from './follow-run'
import { incompleteLog } from './incomplete-log'
import { type Located, type LogBackends, locate, unreachableLog } from './locate'
import type {
  LineStreams,
  LineStreamsQuery,
  LinesPage,
  LinesQuery,
  LogEntry,
  LogPage,
  LogQuery,
  LogReading,
  SearchPage,
  SearchQuery,
} from './log-store'
import type { LogStores } from './log-stores'
import { createLogNotifier, type Notifier } from './notifier'
import { createSharedLocations } from './shared-locations'
import { createSharedReads } from './shared-reads'

export type ReachedLog = { reading: LogReading; endOffset: number | undefined }

/** All fail with `not_found`, or with `unavailable` where a log cannot be reached at the moment, or is incomplete. */
export type RunLogs = {
  stores: LogStores
  /** A log, and where it ends once the run is final. */
  reach(runId: string): Promise<ReachedLog>
  /** The same; `unavailable` also where the log of a final run is shorter than the run recorded. */
  reachComplete(runId: string): Promise<ReachedLog>
  read(runId: string, query: LogQuery): Promise<LogPage & { done: boolean }>
  /** `done`: no more lines will come. */
  lines(runId: string, query: LinesQuery): Promise<LinesPage & { done: boolean }>
  lineStreams(runId: string, query: LineStreamsQuery): Promise<LineStreams & { done: boolean }>
  /** Searches the current text of the log. */
  search(runId: string, query: SearchQuery, signal: AbortSignal): AsyncGenerator<SearchPage, void>
  follow(
    runId: string,
    offset: number,
    signal: AbortSignal,
    more?: Pick<FollowRun, 'backpressure' | 'tellsOwner'>,
  ): AsyncGenerator<LogEntry, void>
  notifier: Notifier
}

/** The logs of all runs, wherever they are stored. */
export function createRunLogs(sql: RawSql, backends: LogBackends): RunLogs {
  const notifier = createLogNotifier({ silenceMs: 500 })
  const sharedReads = createSharedReads()
  const sharedLocations = createSharedLocations((runId) => locate(sql, backends, runId))

  async function reach(runId: string) {
    const located = await locate(sql, backends, runId)
    return { ...located, reading: readingOf(located), endOffset: located.endOffset ?? undefined }
  }

  /** A finished log may move to the archive after it was located: then the page is short, and the log is located again. */
  async function readPage<T extends { nextOffset: number; logBytes: number; entries?: unknown[]; counts?: number[] }>(
    runId: string,
    work: (reading: LogReading, endOffset: number | undefined) => Promise<T>,
  ): Promise<T & { done: boolean }> {
    let found = await reach(runId)
    let page = await work(found.reading, found.endOffset)
    if (page.logBytes < (found.endOffset ?? 0)) {
      found = await reach(runId)
      page = await work(found.reading, found.endOffset)
    }
    const { endOffset = page.logBytes } = found
    const isEmpty = (page.entries ?? page.counts?.filter((lines) => lines > 0) ?? []).length === 0
    // The readable part was returned by an earlier page.
    if (page.logBytes < endOffset && page.nextOffset >= page.logBytes && isEmpty) {
      throw incompleteLog(page.logBytes, endOffset)
    }
    return { ...page, done: found.isFinal && page.nextOffset >= endOffset }
  }

  async function reachComplete(runId: string): Promise<ReachedLog> {
    for (let attempts = 1; ; attempts++) {
      const found = await reach(runId)
      const { bytes } = await found.reading.info(runId)
      if (bytes >= (found.endOffset ?? 0)) return found
      if (attempts === 2) throw incompleteLog(bytes, found.endOffset ?? 0)
    }
  }

  return {
    stores: backends.stores,
    notifier,
    reach,
    reachComplete,
    read: (runId, query) => readPage(runId, (reading, endOffset) => reading.read(runId, { ...query, endOffset })),
    lines: (runId, query) => readPage(runId, (reading, endOffset) => reading.lines(runId, { ...query, endOffset })),
    lineStreams: (runId, query) =>
      readPage(runId, (reading, endOffset) => reading.lineStreams(runId, { ...query, endOffset })),
    async *search(runId, query, signal) {
      const { reading, endOffset } = await reach(runId)
      for await (const page of reading.search(runId, { ...query, endOffset }, signal)) {
        const isShort = page.done && !page.more && page.logBytes < (endOffset ?? 0)
        yield isShort ? { ...page, done: false } : page
        if (isShort) throw incompleteLog(page.logBytes, endOffset ?? 0)
      }
    },
    follow: (runId, offset, signal, more) =>
      followRun({
        locate: () => locate(sql, backends, runId),
        locateRecent: () => sharedLocations(runId),
        read: sharedReads,
        notifier,
        runId,
        offset,
        signal,
        ...more,
      }),
  }
}

function readingOf({ reading, host }: Located): LogReading {
  if (!reading) throw unreachableLog(host)
  return reading
}
