import type { LogStream } from '@/server/domain/run-status'

export type StreamLines = ReturnType<typeof createStreamLines>

/** Which lines of a log are of one stream: its rows, counted from 1, and the numbers that they have in the log. */
export function createStreamLines(stream: LogStream) {
  /** Of each stretch of its lines: the number of the first, and how many rows come before. */
  const starts: number[] = []
  const rowsBefore: number[] = []
  let lines = 0
  let rows = 0
  let open = true
  /** The line in which text stands that no newline of the stream ends; 0 where there is none. */
  let unended = 0

  function lineOf(row: number): number {
    if (row > rows) return row === rows + 1 && unended > 0 ? unended : lines + row - rows
    const at = lastAtMost(rowsBefore, row - 1)
    return (starts[at] ?? 1) + row - 1 - (rowsBefore[at] ?? 0)
  }

  return {
    stream,
    /** The next lines of the log are of this stream. */
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
    /** Lines of the log known so far. */
    lines: () => lines,
    /** Those of the stream, which have ended. */
    endedRows: () => rows,
    rows: () => rows + (unended > 0 ? 1 : 0),
    lineOf,
    /** The row of a line, or of the next one that the stream has. */
    rowOf(line: number): number {
      const at = lastAtMost(starts, line)
      if (at < 0) return 1
      const end = rowsBefore[at + 1] ?? rows
      return Math.min((rowsBefore[at] ?? 0) + 1 + line - (starts[at] ?? 1), end + 1)
    },
  }
}

/** The last place of an ascending list whose value is no more than `most`; -1 where there is none. */
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
