import { plain } from './ansi'
import type { LogEntry, LogLine } from './log-buffer'

export const pageLines = 500
/** Longer lines are cut; the download has all of them. */
export const longestShown = 16_384
const mostPages = 40
const mostChars = 8 * 1024 * 1024

/** Lines with their numbers in the log, as the server counts them: any stream's newline ends the line. */
export function linesOf(entries: readonly LogEntry[], firstLine: number): LogLine[] {
  const lines: LogLine[] = []
  let open = null as LogLine | null
  for (const { chunk, ts, stream } of entries) {
    for (let from = 0; from < chunk.length; ) {
      const newline = chunk.indexOf('\n', from)
      const text = chunk.slice(from, newline < 0 ? undefined : newline)
      const number: number = firstLine + lines.length
      const line: LogLine = open
        ? { ...open, text: clipped(open.text + text) }
        : { id: number, number, ts, stream, text: clipped(text), style: plain, open: true }
      open = newline < 0 ? line : null
      if (newline < 0) break
      lines.push({ ...line, open: false })
      from = newline + 1
    }
  }
  return open ? [...lines, open] : lines
}

function clipped(text: string): string {
  if (text.length <= longestShown) return text
  // A progress bar rewrites its line over and over: only what is still visible is kept.
  const lastReturn = text.lastIndexOf('\r', text.length - 2)
  return (lastReturn > 0 ? text.slice(lastReturn) : text).slice(0, longestShown)
}

/** A cache of the pages that were used last, of bounded size. */
export function createPageCache() {
  const pages = new Map<number, LogLine[]>()
  const sizes = new Map<number, number>()
  let chars = 0

  function drop(page: number): void {
    pages.delete(page)
    chars -= sizes.get(page) ?? 0
    sizes.delete(page)
  }

  return {
    drop,
    line(number: number): LogLine | undefined {
      return pages.get(pageOf(number))?.[(number - 1) % pageLines]
    },
    put(page: number, lines: LogLine[]): void {
      drop(page)
      const size = lines.reduce((sum, line) => sum + line.text.length, 0)
      pages.set(page, lines)
      sizes.set(page, size)
      chars += size
      for (const oldest of pages.keys()) {
        if (pages.size <= 3 || (pages.size <= mostPages && chars <= mostChars)) break
        drop(oldest)
      }
    },
    /** Marks a page as the one that was used last. */
    touch(page: number): void {
      const lines = pages.get(page)
      if (lines) {
        pages.delete(page)
        pages.set(page, lines)
      }
    },
    size: () => pages.size,
  }
}

/** Pages count from 0. */
export function pageOf(number: number): number {
  return Math.floor((number - 1) / pageLines)
}
