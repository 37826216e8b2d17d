import type { LogRecord } from './log-index'
import type { LineAddress, LinesPage, LinesQuery } from './log-store'
import { afterNewline } from './newlines'
import { readPage } from './reader'
import { findNewline, measure, newlinesBefore, recordsFrom } from './records'
import type { LogSource } from './source'

type Extent = { records: number; bytes: number; newlines: number; totalLines: number }

/** One page of lines. The index counts lines, so that one in the middle is found as fast as the first. */
export async function readLines(source: LogSource, query: LinesQuery): Promise<LinesPage> {
  const extent = await extentOf(source, query.endOffset)
  const firstLine = await lineAt(source, extent, query.at)
  const offset = await startOf(source, extent, firstLine)
  const endLine = Math.min(firstLine + query.lines, extent.totalLines + 1)
  const endOffset = await startOf(source, extent, endLine)
  const { limitBytes, stream } = query
  const page = await readPage(source, { offset, limitBytes, stream, endOffset })
  const isWhole = page.nextOffset >= endOffset
  const nextLine = isWhole ? endLine : (await newlinesBefore(source, extent.records, page.nextOffset)) + 1
  return { ...page, offset, firstLine, nextLine, totalLines: extent.totalLines, logBytes: extent.bytes }
}

/** The readable extent of a log, up to `endOffset`. */
export async function extentOf(source: LogSource, endOffset: number | undefined): Promise<Extent> {
  const { records, bytes: readable } = await measure(source)
  const bytes = Math.min(readable, endOffset ?? readable)
  const newlines = await newlinesBefore(source, records, bytes)
  const endsWithNewline = bytes === 0 || (await source.text.readAt(bytes - 1, 1))[0] === 0x0a
  return { records, bytes, newlines, totalLines: endsWithNewline ? newlines : newlines + 1 }
}

/** A number past the end means the next line to be printed. */
async function lineAt(source: LogSource, extent: Extent, at: LineAddress): Promise<number> {
  if ('line' in at) return Math.min(at.line, extent.totalLines + 1)
  if ('last' in at) return Math.max(1, extent.totalLines - at.last + 1)
  return (await newlinesBefore(source, extent.records, Math.min(at.offset, extent.bytes))) + 1
}

async function startOf(source: LogSource, extent: Extent, line: number): Promise<number> {
  const nth = line - 1
  if (nth === 0) return 0
  if (nth > extent.newlines) return extent.bytes
  let holder: LogRecord | undefined
  for await (const record of recordsFrom(source, extent.records, await findNewline(source, extent.records, nth))) {
    if (record.lines >= nth) break
    holder = record
  }
  if (!holder) return extent.bytes
  const text = await source.text.readAt(holder.offset, holder.length)
  return holder.offset + (afterNewline(text, nth - holder.lines) ?? text.length)
}
