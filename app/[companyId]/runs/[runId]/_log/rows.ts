import type { LineWindow } from '@/app/_live/line-window'
import type { LogLine } from '@/app/_live/log-buffer'

/** What a log is drawn from: its rows, from 1 on. A row that is not there yet has no line. */
export type Rows = {
  count: number
  line(row: number): LogLine | undefined
  /** Its line's number in the log; null for the rest of a line that takes several rows. */
  numberOf(row: number): number | null
  /** The row of a line, or of the next that is shown. */
  rowOf(number: number): number
  /** Says which rows are in sight. */
  want(from: number, to: number): void
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
    want() {},
  }
}

export function rowsOfWindow({ line, numberOf, rowOf, want }: LineWindow, count: number): Rows {
  return { count, line, numberOf, rowOf, want }
}

/** Where somebody reads, whatever shows the log just then. */
export type LogPosition = {
  /** Which rows of the log were shown. */
  source: string
  /** The number of the line at the top; null where that is not known. */
  line: number | null
  following: boolean | null
}

export const initialPosition: LogPosition = { source: '', line: null, following: null }
