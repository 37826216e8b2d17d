import type { LogStream } from '@/server/domain/run-status'

export type StreamLines = ReturnType<typeof createStreamLines>

/** Maps the rows of one stream, counted from 1, to the line numbers that they have in the log. */
export function createStreamLines(stream: LogStream) {
  /** For each block of consecutive lines of the stream: the number of its first line, and how many rows come before. */
  const starts: number[] = []
  const rowsBefore: number[] = []
  let lines = 0
  let rows = 0
  let open = true
  /** The line with text of the stream that no newline has ended yet; 0 if there is none. */
  let unended = 0

  function lineOf(row: number): number {
    if (row > rows) return row === rows + 1 && unended > 0 ? unended : lines + row - rows
    const at = lastAtMost(rowsBefore, row - 1)
    return (starts[at] ?? 1) + row - 1 - (rowsBefore[at] ?? 0)
  }

  return {
    stream,
    /** Adds the next lines of the log, which belong to this stream. */
    add(of: LogStream, count: number): void {
      if (count === 0) return
      if (of === stream && (open || starts.length === 0)) {
        starts.push(lines + 1)
        rowsBefore.push(rows)
      }
      open = of !== stream
      lines += count
      if (of === stream) rows += count
    },
    leaveUnended(line: number): void {
      unended = line
    },
    /** The lines of the log known so far. */
    lines: () => lines,
    /** The rows of the stream that have ended. */
    endedRows: () => rows,
    rows: () => rows + (unended > 0 ? 1 : 0),
    lineOf,
    /** The row of a line, or of the stream's next line. */
    rowOf(line: number): number {
      const at = lastAtMost(starts, line)
      if (at < 0) return 1
      const end = rowsBefore[at + 1] ?? rows
      return Math.min((rowsBefore[at] ?? 0) + 1 + line - (starts[at] ?? 1), end + 1)
    },
  }
}

/** The last index of an ascending list whose value is at most `most`; -1 if there is none. */
function lastAtMost(ascending: readonly number[], most: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) <= most) low = middle + 1
    else high = middle
  }
  return low - 1
}
