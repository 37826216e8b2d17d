import type { ApiClient } from '@/app/_trpc/client'
import type { LogStream } from '@/server/domain/run-status'
import { followLog } from './follow-log'
import { createPageCache, pageLines, pageOf } from './line-pages'
import { createLiveRows } from './live-rows'
import type { LogEntry, LogLine } from './log-buffer'
import { createPageLoader } from './page-loader'
import { readLineCount, readStreamLines } from './read-line-counts'
import { readRows } from './read-rows'
import { createRenderThrottle } from './render-throttle'
import { createStore } from './store'

export type LineWindowState = {
  /** Lines of the log, or of the one stream that is shown. */
  rows: number
  /** Lines of the whole log. */
  lines: number
  logBytes: number
  phase: 'reading' | 'following' | 'ended' | 'refused'
  /** The server that executes the run cannot be reached: nothing new arrives. */
  isServerUnreachable: boolean
}

export const initialLineWindow: LineWindowState = {
  rows: 0,
  lines: 0,
  logBytes: 0,
  phase: 'reading',
  isServerUnreachable: false,
}

const renderEveryMs = 40

/**
 * A view of a log of any length, of all its lines or those of one stream: visible rows are read from the server, and new
 * output is followed at the end. Rows count from 1.
 */
export class LineWindow {
  /** Identifies the rows: other windows of the same log have other rows. */
  readonly source: string
  readonly #store = createStore(initialLineWindow)
  readonly #cache = createPageCache()
  readonly #live: ReturnType<typeof createLiveRows>
  readonly #stopped = new AbortController()
  #nextOffset = 0
  #stopFollowing = () => {}

  readonly #pages = createPageLoader({
    rowCount: () => this.getState().rows,
    hasRow: (row) => this.line(row) !== undefined,
    touch: this.#cache.touch,
    read: (page) => this.#readPage(page),
  })

  readonly #rendering = createRenderThrottle(() => {
    this.#set({ logBytes: Math.max(this.getState().logBytes, this.#nextOffset) })
    // The tail may have dropped rows that are visible.
    this.#pages.loadMissing()
  }, renderEveryMs)

  constructor(
    private readonly client: ApiClient,
    private readonly runId: string,
    private readonly hasEnded: boolean,
    private readonly stream: LogStream | null,
  ) {
    this.source = `${runId} ${stream ?? 'both'}`
    this.#live = createLiveRows(stream)
    this.#start().catch(() => this.#set({ phase: 'refused' }))
  }

  readonly getState = () => this.#store.getState()
  readonly subscribe = this.#store.subscribe
  readonly line = (row: number): LogLine | undefined => this.#live.line(row) ?? this.#cache.line(row)
  readonly numberOf = (row: number): number => this.#live.numberOf(row)
  readonly rowOf = (number: number): number => this.#live.rowOf(number)
  /** Reports the visible rows: pages of them that are missing are read. */
  readonly show = (from: number, to: number): void => this.#pages.show(from, to)

  stop(): void {
    this.#stopped.abort()
    this.#rendering.stop()
    this.#pages.stop()
    this.#stopFollowing()
  }

  #set(change: Partial<LineWindowState>): void {
    if (this.#stopped.signal.aborted) return
    const rows = Math.max(this.getState().rows, change.rows ?? 0, this.#live.count())
    this.#store.set({ ...change, rows, lines: this.#live.lineCount(rows) })
  }

  async #start(): Promise<void> {
    const next = await this.#readCounts()
    if (this.#stopped.signal.aborted) return
    this.#set({ phase: this.hasEnded ? 'ended' : 'following' })
    if (this.hasEnded) return
    this.#nextOffset = next.offset
    this.#live.begin(next.row, next.isCut)
    this.#stopFollowing = followLog(this.client, this.runId, () => this.#nextOffset, {
      onEntry: (entry) => this.#append(entry),
      onServerReachable: (isReachable) => this.#set({ isServerUnreachable: !isReachable }),
      onEnd: () => this.#set({ phase: 'ended', isServerUnreachable: false }),
      onRefused: () => this.#set({ phase: 'refused', isServerUnreachable: false }),
    })
  }

  #readCounts() {
    const { streamLines } = this.#live
    if (!streamLines)
      return readLineCount(this.client, this.runId, ({ rows, logBytes }) => this.#set({ rows, logBytes }))
    return readStreamLines(
      this.client,
      this.runId,
      streamLines,
      ({ logBytes, isComplete }) =>
        this.#set({ logBytes, phase: isComplete || streamLines.rows() > 0 ? 'following' : 'reading' }),
      this.#stopped.signal,
    )
  }

  #append(entry: LogEntry): void {
    if (entry.nextOffset <= this.#nextOffset) return
    this.#nextOffset = entry.nextOffset
    const completed = this.#live.append(entry)
    if (completed !== null) this.#cache.drop(pageOf(completed))
    this.#rendering.schedule()
  }

  async #readPage(page: number): Promise<void> {
    const { rows } = this.getState()
    const first = page * pageLines + 1
    const lines = await readRows(this.client, this.runId, { stream: this.stream, first, rows, numberOf: this.numberOf })
    this.#cache.put(page, lines)
    this.#set({ rows: page * pageLines + lines.length })
  }
}
