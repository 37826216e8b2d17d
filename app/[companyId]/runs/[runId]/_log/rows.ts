import type { LineWindow } from '@/app/_live/line-window'
import type { LogLine } from '@/app/_live/log-buffer'

/** The rows that a log is rendered from, counted from 1. A row that has not been read yet has no line. */
export type Rows = {
  count: number
  line(row: number): LogLine | undefined
  /** The number of its line in the log; null for further rows of a long line. */
  numberOf(row: number): number | null
  /** The row of a line, or of the next line that is shown. */
  rowOf(number: number): number
  /** Reports which rows are visible. */
  show(from: number, to: number): void
}

export function rowsOfLines(lines: readonly LogLine[]): Rows {
  return {
    count: lines.length,
    line: (row) => lines[row - 1],
    numberOf: (row) => lines[row - 1]?.number ?? null,
    rowOf(number) {
      const at = lines.findIndex((line) => line.number !== null && line.number >= number)
      return at < 0 ? lines.length : at + 1
    },
    show() {},
  }
}

export function rowsOfWindow({ line, numberOf, rowOf, show }: LineWindow, count: number): Rows {
  return { count, line, numberOf, rowOf, show }
}

/** The reader's position in the log, kept when the log is shown in another way. */
export type LogPosition = {
  /** Identifies the rows that were shown. */
  source: string
  /** The number of the line at the top; null if it is not known. */
  line: number | null
  following: boolean | null
}

export const initialPosition: LogPosition = { source: '', line: null, following: null }
