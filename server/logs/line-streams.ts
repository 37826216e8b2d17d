import type { LogStream } from '@/server/domain/run-status'
import { extentOf } from './lines'
import { endOf, type LogRecord } from './log-index'
import type { LineStreams, LineStreamsQuery } from './log-store'
import { findRecord, newlinesBefore, recordsFrom } from './records'
import type { LogSource } from './source'

const mostRecords = 200_000
const mostCounts = 50_000

/** Computed from the index alone, which counts the lines of every chunk: only two bytes of text are read. */
export async function readLineStreams(source: LogSource, query: LineStreamsQuery): Promise<LineStreams> {
  const { records, bytes, newlines } = await extentOf(source, query.endOffset)
  const offset = Math.min(query.offset, bytes)
  const firstLine = (await newlinesBefore(source, records, offset)) + 1
  const lines = createCounts(firstLine)
  const last: Partial<Record<LogStream, LogRecord & { line: number }>> = {}
  let held: LogRecord | undefined
  let seen = 0
  let nextOffset = bytes
  const take = (record: LogRecord, newlinesAfter: number) => {
    lines.add(record.stream, newlinesAfter)
    last[record.stream] = { ...record, line: newlinesAfter + 1 }
  }
  for await (const record of recordsFrom(source, records, await findRecord(source, records, offset))) {
    if (endOf(record) <= offset || record.offset >= bytes) continue
    if (held) take(held, record.lines)
    held = record
    if (seen++ < mostRecords && lines.counts.length < mostCounts) continue
    nextOffset = record.offset
    held = undefined
    break
  }
  if (held) take(held, newlines)
  const unended = {
    stdout: await unendedLine(source, bytes, last.stdout),
    stderr: await unendedLine(source, bytes, last.stderr),
  }
  return { firstLine, counts: lines.counts, unended, nextOffset, logBytes: bytes }
}

function createCounts(firstLine: number) {
  const counts: number[] = [0]
  let nextLine = firstLine
  return {
    counts,
    /** `newlines`: how many lines have ended so far. */
    add(stream: LogStream, newlines: number): void {
      const fresh = newlines + 1 - nextLine
      if (fresh <= 0) return
      const isStdout = counts.length % 2 === 1
      if (isStdout !== (stream === 'stdout')) counts.push(0)
      counts.push((counts.pop() ?? 0) + fresh)
      nextLine += fresh
    },
  }
}

async function unendedLine(
  { text }: LogSource,
  bytes: number,
  record: (LogRecord & { line: number }) | undefined,
): Promise<number | null> {
  if (!record) return null
  const [end] = await text.readAt(Math.min(endOf(record), bytes) - 1, 1)
  return end === 0x0a ? 0 : record.line
}
