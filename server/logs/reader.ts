import { endOf, type LogRecord } from './log-index'
import type { LogEntry, LogPage, LogQuery } from './log-store'
import { createTextWindow, findRecord, measure, recordsFrom } from './records'
import type { LogSource } from './source'
import { characterCeil, characterFloor } from './utf8'

const maxPageBytes = 1024 * 1024
const maxPageEntries = 2_000
/** Bounds a page that skips the other stream. */
const maxPageRecords = 20_000
const windowBytes = 256 * 1024
/** Between the chunks of one stream there may be much text of the other. */
const streamWindowBytes = 16 * 1024
const longestCharacter = 4

/** One page of a log, in memory bounded by the page. */
export async function readPage(source: LogSource, query: LogQuery): Promise<LogPage> {
  const { records, bytes } = await measure(source)
  const logBytes = Math.min(bytes, query.endOffset ?? bytes)
  if (query.offset >= logBytes) return { entries: [], nextOffset: query.offset, logBytes }
  return { ...(await gather(source, records, logBytes, query)), logBytes }
}

async function gather(source: LogSource, records: number, logBytes: number, query: LogQuery) {
  const limit = Math.max(1, Math.min(query.limitBytes, maxPageBytes))
  const ahead = Math.min(query.stream ? streamWindowBytes : windowBytes, limit + 2 * longestCharacter)
  const textAt = createTextWindow(source, logBytes, ahead)
  const entries: LogEntry[] = []
  let nextOffset = query.offset
  let room = limit
  let seen = 0
  for await (const record of recordsFrom(source, records, await findRecord(source, records, query.offset))) {
    if (endOf(record) <= query.offset) continue
    if (record.offset >= logBytes || room <= 0 || entries.length === maxPageEntries || seen++ === maxPageRecords) break
    if (query.stream === undefined || query.stream === record.stream) {
      const start = Math.max(record.offset, query.offset)
      const length = Math.min(endOf(record), logBytes) - start
      const text = await textAt(start, Math.min(length, Math.max(room, longestCharacter) + 2 * longestCharacter))
      const [from, to] = cut(text, room, entries.length === 0)
      if (to > from) entries.push(entryOf(record, start + from, text.subarray(from, to)))
      room -= to - from
      nextOffset = start + to
      if (to < length) break
    } else nextOffset = Math.min(endOf(record), logBytes)
  }
  return { entries, nextOffset }
}

/** The part of a chunk to return: from the first complete character, up to `room` bytes of complete characters. */
function cut(text: Buffer, room: number, isFirst: boolean): [from: number, to: number] {
  const from = characterCeil(text, 0)
  if (from === text.length) return [from, from]
  const to = characterFloor(text, from + room)
  if (to > from || !isFirst) return [from, Math.max(from, to)]
  return [from, characterCeil(text, from + 1)]
}

function entryOf(record: LogRecord, offset: number, text: Buffer): LogEntry {
  const ts = new Date(record.at).toISOString()
  return { offset, nextOffset: offset + text.length, ts, stream: record.stream, chunk: text.toString('utf8') }
}
