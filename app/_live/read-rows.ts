import type { ApiClient } from '@/app/_trpc/client'
import type { LogStream } from '@/server/domain/run-status'
import { linesOf, pageLines } from './line-pages'
import type { LogLine } from './log-buffer'

const limitBytes = 1_048_576

type RowsInput = {
  stream: LogStream | null
  /** The first row, from 1. */
  first: number
  /** The number of rows in the log. */
  rows: number
  /** The line number of a row, if only one stream is read. */
  numberOf?: (row: number) => number
}

/** A page of rows from `first` on. A line that is longer than an answer may be is cut. */
export async function readRows(client: ApiClient, runId: string, input: RowsInput): Promise<LogLine[]> {
  const { stream, first, rows, numberOf = (row: number) => row } = input
  const last = Math.min(rows, first + pageLines - 1)
  // A row holds all that its stream wrote since the stream's previous line, even if that began in another line of the log.
  const lineAfter = (row: number) => (row === 0 ? 1 : numberOf(row) + 1)
  const end = numberOf(last)
  const found: LogLine[] = []
  let line = lineAfter(first - 1)
  while (first + found.length <= last && line <= end) {
    const only = stream ? { stream } : {}
    const page = await client.run.logLines.query({ runId, at: { line }, lines: end - line + 1, limitBytes, ...only })
    const fresh = linesOf(page.entries, first + found.length)
    const isCut = page.nextLine <= end && page.nextOffset < page.logBytes
    const isHalf = isCut && fresh.at(-1)?.open === true
    if (isHalf && fresh.length > 1) fresh.pop()
    found.push(...fresh)
    if (!isCut) break
    const next = isHalf
      ? lineAfter(first + found.length - 1)
      : Math.max(page.nextLine, lineAfter(first + found.length - 1))
    if (next === line) break
    line = next
  }
  return found.slice(0, last - first + 1)
}
