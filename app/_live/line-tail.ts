import { linesOf } from './line-pages'
import type { LogEntry, LogLine } from './log-buffer'

const mostLines = 4_000

/** The end of a log that grows: its last lines, the one that is being written among them. */
export function createLineTail(firstLine: number) {
  let first = firstLine
  let lines: LogLine[] = []
  return {
    append(entry: LogEntry): void {
      const last = lines.at(-1)
      const next = first + lines.length
      const fresh = last?.open
        ? linesOf([{ ...entry, ts: last.ts, stream: last.stream, chunk: last.text + entry.chunk }], next - 1)
        : linesOf([entry], next)
      if (last?.open) lines.pop()
      lines.push(...fresh)
      if (lines.length < mostLines * 1.5) return
      first += lines.length - mostLines
      lines = lines.slice(-mostLines)
    },
    line: (number: number): LogLine | undefined => lines[number - first],
    firstLine: () => first,
    lastLine: () => first + lines.length - 1,
  }
}
