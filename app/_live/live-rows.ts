import type { LogStream } from '@/server/domain/run-status'
import { createLineTail } from './line-tail'
import type { LogEntry, LogLine } from './log-buffer'
import { createStreamLines } from './stream-lines'

/** The rows at the end of a log that grows: all its lines, or those of one stream. Rows count from 1. */
export function createLiveRows(stream: LogStream | null) {
  const streamLines = stream && createStreamLines(stream)
  let tail: ReturnType<typeof createLineTail> | null = null

  return {
    streamLines,
    begin(firstRow: number, isCut: boolean): void {
      tail = createLineTail(firstRow, isCut)
    },
    /** Returns the row that was cut once it is complete: it has to be read from the log. */
    append(entry: LogEntry): number | null {
      if (streamLines) {
        streamLines.add(entry.stream, entry.chunk.split('\n').length - 1)
        if (entry.stream !== stream) return null
        streamLines.leaveUnended(entry.chunk.endsWith('\n') ? 0 : streamLines.lines() + 1)
      }
      return tail?.append(entry) ?? null
    },
    line: (row: number): LogLine | undefined => tail?.line(row),
    /** How many rows are known from here. */
    count: () => streamLines?.rows() ?? tail?.lastLine() ?? 0,
    /** How many lines the whole log has, where the window has so many rows. */
    lineCount: (rows: number) => streamLines?.lines() ?? rows,
    /** The number that a row has in the log. */
    numberOf: (row: number): number => streamLines?.lineOf(row) ?? row,
    /** The row of a line, or of the next line that is shown. */
    rowOf: (number: number): number => streamLines?.rowOf(number) ?? number,
  }
}
