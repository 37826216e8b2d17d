import type { ApiClient } from '@/app/_trpc/client'
import { createDrawTimer } from './draw-timer'
import { follow } from './follow'
import { createPageCache, linesOf, pageLines, pageOf } from './line-pages'
import { createLineTail } from './line-tail'
import type { LogLine } from './log-buffer'

export type LineWindowState = {
  totalLines: number
  logBytes: number
  phase: 'reading' | 'following' | 'ended' | 'refused'
  /** The server that runs it can not be reached: nothing new comes. */
  isOwnerGone: boolean
}
export type LineWindow = ReturnType<typeof createLineWindow>

const limitBytes = 1_048_576
const drawEveryMs = 40
const mostAtOnce = 3

/** A log of any length by its lines: what is in sight is read from the server, what comes is followed at the end. */
export function createLineWindow(client: ApiClient, runId: string, hasEnded: boolean) {
  const cache = createPageCache()
  const loading = new Set<number>()
  const listeners = new Set<() => void>()
  let tail: ReturnType<typeof createLineTail> | null = null
  let state: LineWindowState = { totalLines: 0, logBytes: 0, phase: 'reading', isOwnerGone: false }
  const drawing = createDrawTimer(
    () => set({ totalLines: Math.max(state.totalLines, tail?.lastLine() ?? 0) }),
    drawEveryMs,
  )
  let stopFollowing = () => {}
  let stopped = false

  function set(change: Partial<LineWindowState>) {
    if (stopped) return
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }

  async function start() {
    const end = await client.run.logLines.query({ runId, at: { last: 1 }, lines: 1, limitBytes: 4 })
    if (stopped) return
    const { totalLines, logBytes, offset, firstLine } = end
    set({ totalLines, logBytes, phase: hasEnded ? 'ended' : 'following' })
    if (!hasEnded) followFrom(offset, firstLine)
  }

  function followFrom(offset: number, firstLine: number) {
    let nextOffset = offset
    const grown = createLineTail(firstLine)
    tail = grown
    stopFollowing = follow(
      (handlers) =>
        client.run.onLog.subscribe(
          { runId, offset: nextOffset, tellsOwner: true },
          {
            ...handlers,
            onStarted() {
              handlers.onStarted()
              // Who begins anew is told anew.
              set({ isOwnerGone: false })
            },
            onData({ data }) {
              if (data.owner) return set({ isOwnerGone: data.owner === 'gone' })
              if (data.nextOffset <= nextOffset) return
              nextOffset = data.nextOffset
              state.logBytes = Math.max(state.logBytes, nextOffset)
              grown.append(data)
              drawing.soon()
            },
            onComplete: () =>
              set({ phase: 'ended', isOwnerGone: false, totalLines: Math.max(state.totalLines, grown.lastLine()) }),
          },
        ),
      () => set({ phase: 'refused', isOwnerGone: false }),
    )
  }

  async function load(page: number) {
    if (loading.has(page) || loading.size >= mostAtOnce) return
    loading.add(page)
    try {
      const lines = await readPage(client, runId, page)
      cache.put(page, lines)
      set({ totalLines: Math.max(state.totalLines, page * pageLines + lines.length) })
    } catch {
      // What is in sight is asked for again as soon as something is drawn.
    } finally {
      loading.delete(page)
    }
  }

  start().catch(() => set({ phase: 'refused' }))
  return {
    getState: () => state,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    line: (number: number): LogLine | undefined => tail?.line(number) ?? cache.line(number),
    /** Says which lines are in sight, both counted: their pages are read where they are not there. */
    want(from: number, to: number): void {
      for (let page = pageOf(Math.max(1, from)); page <= pageOf(Math.min(to, state.totalLines)); page++) {
        const first = Math.max(from, page * pageLines + 1)
        const last = Math.min(to, state.totalLines, (page + 1) * pageLines)
        const isThere = (number: number) => (tail?.line(number) ?? cache.line(number)) !== undefined
        if (isThere(first) && isThere(last)) cache.touch(page)
        else void load(page)
      }
    },
    stop() {
      stopped = true
      drawing.stop()
      stopFollowing()
    },
  }
}

/** All lines of a page; of one that is longer than a page may be, the beginning. */
async function readPage(client: ApiClient, runId: string, page: number): Promise<LogLine[]> {
  const first = page * pageLines + 1
  const lines: LogLine[] = []
  while (lines.length < pageLines) {
    const line = first + lines.length
    const read = await client.run.logLines.query({ runId, at: { line }, lines: pageLines - lines.length, limitBytes })
    if (read.entries.length === 0) break
    const isCut = read.nextLine - line < pageLines - lines.length && read.nextOffset < read.logBytes
    const found = linesOf(read.entries, line)
    lines.push(...(isCut && found.length > 1 && found.at(-1)?.open ? found.slice(0, -1) : found))
    if (!isCut) break
  }
  return lines.slice(0, pageLines)
}
