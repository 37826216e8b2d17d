import type { ApiClient } from '@/app/_trpc/client'
import type { StreamLines } from './stream-lines'

type Counts = { rows?: number; logBytes: number; isComplete: boolean }
/** Where the rows that follow begin: a byte offset of the log, and the row; `isCut` when part of that row came before. */
type NextRow = { offset: number; row: number; isCut: boolean }

/** Counts the lines of the whole log. */
export async function readLineCount(
  client: ApiClient,
  runId: string,
  onCounts: (counts: Counts) => void,
): Promise<NextRow> {
  const end = await client.run.logLines.query({ runId, at: { last: 1 }, lines: 1, limitBytes: 4 })
  onCounts({ rows: end.totalLines, logBytes: end.logBytes, isComplete: true })
  return { offset: end.offset, row: end.firstLine, isCut: false }
}

/** Reads into `lines` which lines of the log belong to its stream, page by page until `signal` aborts. */
export async function readStreamLines(
  client: ApiClient,
  runId: string,
  lines: StreamLines,
  onCounts: (counts: Counts) => void,
  signal: AbortSignal,
): Promise<NextRow> {
  let offset = 0
  for (;;) {
    const page = await client.run.logLineStreams.query({ runId, offset })
    for (const [at, count] of page.counts.entries()) lines.add(at % 2 === 0 ? 'stdout' : 'stderr', count)
    const unended = page.unended[lines.stream]
    if (unended !== null) lines.leaveUnended(unended)
    offset = page.nextOffset
    const isComplete = offset >= page.logBytes
    onCounts({ logBytes: page.logBytes, isComplete })
    if (isComplete || signal.aborted) {
      return { offset, row: lines.endedRows() + 1, isCut: lines.rows() > lines.endedRows() }
    }
  }
}
