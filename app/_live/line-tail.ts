import { linesOf } from './line-pages'
import type { LogEntry, LogLine } from './log-buffer'

const mostLines = 4_000
const mostChars = 4 * 1024 * 1024

/**
 * The last lines of a log that grows, including the one that is being written. `isCut` means that the beginning of the
 * first line came before the tail.
 */
export function createLineTail(firstLine: number, isCut = false) {
  let first = firstLine
  let lines: LogLine[] = []
  let chars = 0
  let cutLine = isCut ? firstLine : null

  function dropFirst(count: number): void {
    for (const line of lines.slice(0, count)) chars -= line.text.length
    first += count
    lines = lines.slice(count)
  }

  return {
    /** Returns the number of the cut line once it is complete. It is dropped, and has to be read from the log. */
    append(entry: LogEntry): number | null {
      const last = lines.at(-1)
      const next = first + lines.length
      const fresh = last?.open
        ? linesOf([{ ...entry, ts: last.ts, stream: last.stream, chunk: last.text + entry.chunk }], next - 1)
        : linesOf([entry], next)
      if (last?.open) chars -= lines.pop()?.text.length ?? 0
      for (const line of fresh) {
        lines.push(line)
        chars += line.text.length
      }
      if (lines.length >= mostLines * 1.5) dropFirst(lines.length - mostLines)
      if (chars > mostChars && lines.length > 200) dropFirst(lines.length >> 1)
      if (cutLine === null || lines[0]?.open) return null
      const ended = cutLine
      cutLine = null
      if (first === ended) dropFirst(1)
      return ended
    },
    line: (number: number): LogLine | undefined => lines[number - first],
    firstLine: () => first,
    lastLine: () => first + lines.length - 1,
  }
}
