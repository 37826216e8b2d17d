import type { ApiClient } from '@/app/_trpc/client'
import type { LogStream } from '@/server/domain/run-status'
import { keepSubscribed } from './keep-subscribed'
import { createPageCache, pageLines, pageOf } from './line-pages'
import { createLineTail } from './line-tail'
import type { LogEntry, LogLine } from './log-buffer'
import { readRows } from './read-rows'
import { createRenderThrottle } from './render-throttle'
import { createStreamLines, type StreamLines } from './stream-lines'

export type LineWindowState = {
  /** Lines of the log, or of the one stream that is shown. */
  rows: number
  /** Lines of the whole log. */
  lines: number
  logBytes: number
  phase: 'reading' | 'following' | 'ended' | 'refused'
  /** The server that runs it can not be reached: nothing new comes. */
  isServerUnreachable: boolean
}
export type LineWindow = ReturnType<typeof createLineWindow>

const drawEveryMs = 40
const mostAtOnce = 3
const againAfterMs = 1_000

/**
 * A log of any length by its lines, all of them or those of one stream: what is in sight is read from the server, what
 * comes is followed at the end. Rows count from 1.
 */
export function createLineWindow(client: ApiClient, runId: string, hasEnded: boolean, stream: LogStream | null) {
  const map = stream && createStreamLines(stream)
  const cache = createPageCache()
  const loading = new Set<number>()
  /** Pages by how many rows there were when they were read: what they do not have is not there before there are more. */
  const tried = new Map<number, number>()
  const listeners = new Set<() => void>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let wanted = { from: 1, to: 0 }
  let tail: ReturnType<typeof createLineTail> | null = null
  let state: LineWindowState = { rows: 0, lines: 0, logBytes: 0, phase: 'reading', isServerUnreachable: false }
  const drawing = createRenderThrottle(() => {
    set({})
    // What is in sight may have been in the tail until now.
    fetchWanted()
  }, drawEveryMs)
  let stopFollowing = () => {}
  let stopped = false

  function set(change: Partial<LineWindowState>) {
    if (stopped) return
    const rows = Math.max(state.rows, change.rows ?? 0, map?.rows() ?? tail?.lastLine() ?? 0)
    state = { ...state, ...change, rows, lines: map?.lines() ?? rows }
    for (const listener of listeners) listener()
  }

  function later(ms: number, work: () => void) {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, ms)
    timers.add(timer)
  }

  async function start() {
    const from = map ? await readStreams(map) : await readEnd()
    if (stopped) return
    set({ phase: hasEnded ? 'ended' : 'following' })
    if (!hasEnded) followFrom(from.offset, createLineTail(from.row, from.isCut))
  }

  async function readEnd() {
    const end = await client.run.logLines.query({ runId, at: { last: 1 }, lines: 1, limitBytes: 4 })
    set({ rows: end.totalLines, logBytes: end.logBytes })
    return { offset: end.offset, row: end.firstLine, isCut: false }
  }

  /** Of which stream every line is: what was told stays right, as a log only grows. */
  async function readStreams(lines: StreamLines) {
    let offset = 0
    for (;;) {
      const page = await client.run.logLineStreams.query({ runId, offset })
      for (const [at, count] of page.counts.entries()) lines.add(at % 2 === 0 ? 'stdout' : 'stderr', count)
      const unended = stream && page.unended[stream]
      if (unended !== null) lines.leaveUnended(unended)
      offset = page.nextOffset
      const isEnd = offset >= page.logBytes
      set({ logBytes: page.logBytes, phase: isEnd || lines.rows() > 0 ? 'following' : 'reading' })
      if (isEnd || stopped) return { offset, row: lines.endedRows() + 1, isCut: lines.rows() > lines.endedRows() }
    }
  }

  function followFrom(offset: number, grown: NonNullable<typeof tail>) {
    let nextOffset = offset
    tail = grown
    stopFollowing = keepSubscribed(
      (handlers) =>
        client.run.onLog.subscribe(
          { runId, offset: nextOffset, tellsOwner: true },
          {
            ...handlers,
            onStarted() {
              handlers.onStarted()
              // Who begins anew is told anew.
              set({ isServerUnreachable: false })
            },
            onData({ data }) {
              if (data.owner) return set({ isServerUnreachable: data.owner === 'gone' })
              if (data.nextOffset <= nextOffset) return
              nextOffset = data.nextOffset
              state.logBytes = Math.max(state.logBytes, nextOffset)
              take(data, grown)
              drawing.soon()
            },
            onComplete: () => set({ phase: 'ended', isServerUnreachable: false }),
          },
        ),
      () => set({ phase: 'refused', isServerUnreachable: false }),
    )
  }

  function take(entry: LogEntry, grown: NonNullable<typeof tail>) {
    if (map) map.add(entry.stream, entry.chunk.split('\n').length - 1)
    if (map && entry.stream !== stream) return
    if (map) map.leaveUnended(entry.chunk.endsWith('\n') ? 0 : map.lines() + 1)
    const gone = grown.append(entry)
    if (gone !== null) cache.drop(pageOf(gone))
  }

  const line = (row: number): LogLine | undefined => tail?.line(row) ?? cache.line(row)

  /** Reads the pages in sight that are not there. */
  function fetchWanted() {
    const to = Math.min(wanted.to, state.rows)
    for (let page = pageOf(Math.max(1, wanted.from)); !stopped && page <= pageOf(to); page++) {
      const isThere = line(Math.max(wanted.from, page * pageLines + 1)) && line(Math.min(to, (page + 1) * pageLines))
      if (isThere) cache.touch(page)
      else if (tried.get(page) !== state.rows && !loading.has(page) && loading.size < mostAtOnce) void load(page)
    }
  }

  async function load(page: number) {
    loading.add(page)
    tried.set(page, state.rows)
    try {
      const first = page * pageLines + 1
      const lines = await readRows(client, runId, { stream, first, rows: state.rows, numberOf: map?.lineOf })
      cache.put(page, lines)
      set({ rows: page * pageLines + lines.length })
    } catch {
      tried.delete(page)
      await new Promise<void>((resolve) => later(againAfterMs, resolve))
    } finally {
      loading.delete(page)
      fetchWanted()
    }
  }

  start().catch(() => set({ phase: 'refused' }))
  return {
    /** Tells it from other windows. */
    source: `${runId} ${stream ?? 'both'}`,
    getState: () => state,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    line,
    /** The number that a row has in the log, and the row of a line or of the next one that is shown. */
    numberOf: (row: number): number => map?.lineOf(row) ?? row,
    rowOf: (number: number): number => map?.rowOf(number) ?? number,
    /** Says which rows are in sight: their pages are read where they are not there. */
    want(from: number, to: number): void {
      wanted = { from, to }
      tried.clear()
      fetchWanted()
    },
    stop() {
      stopped = true
      drawing.stop()
      for (const timer of timers) clearTimeout(timer)
      stopFollowing()
    },
  }
}
