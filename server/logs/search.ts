import { endOf, type LogRecord } from './log-index'
import type { SearchHit, SearchPage, SearchQuery } from './log-store'
import { createMatcher, type Match } from './matcher'
import { countNewlines } from './newlines'
import { findRecord, measure, newlinesBefore, recordsFrom } from './records'
import type { LogSource } from './source'
import { characterCeil, characterFloor } from './utf8'

const newline = 0x0a
const windowBytes = 256 * 1024
/** Text read before and after a window: for the excerpt, and for a hit that begins in the window and ends after it. */
const beforeBytes = 120
const afterBytes = 2048
const excerptBytes = 400
/** Without hits, progress is reported after this many bytes. */
const progressBytes = 16 * 1024 * 1024

/** Searches the text in windows, counting lines. */
export async function* searchLog(
  source: LogSource,
  query: SearchQuery,
  signal: AbortSignal,
): AsyncGenerator<SearchPage, void> {
  const { records, bytes } = await measure(source)
  const logBytes = Math.min(bytes, query.endOffset ?? bytes)
  const offset = Math.min(query.offset, logBytes)
  const search = createSearch(source, query, records, offset, await newlinesBefore(source, records, offset))
  let reportedOffset = offset
  for (let nextOffset = offset; !signal.aborted; ) {
    const found = nextOffset < logBytes ? await search(nextOffset, logBytes) : { hits: [], nextOffset, isFull: false }
    nextOffset = found.nextOffset
    const done = nextOffset >= logBytes || found.isFull
    if (done || found.hits.length > 0 || nextOffset - reportedOffset >= progressBytes) {
      yield { hits: found.hits, nextOffset, logBytes, done, more: found.isFull && nextOffset < logBytes }
      reportedOffset = nextOffset
    }
    if (done) return
  }
}

/** Searches one window after the other. */
function createSearch(source: LogSource, query: SearchQuery, records: number, offset: number, newlines: number) {
  const matches = createMatcher(query)
  const recordOf = createRecordFinder(source, records, offset)
  let lines = newlines
  let left = query.limit

  return async (from: number, logBytes: number) => {
    const window = await readWindow(source, from, logBytes)
    const { text, start } = window
    const hits: SearchHit[] = []
    let counted = from - start
    let next = window.to
    for (const match of matches(text, characterCeil(text, counted))) {
      if (match.start >= window.to) break
      lines += countNewlines(text.subarray(counted, match.start))
      counted = match.start
      next = Math.max(window.to, match.end)
      const record = await recordOf(start + match.start)
      if (!record || (query.stream && query.stream !== record.stream)) continue
      hits.push(hitOf(window, match, record, lines + 1))
      if (--left > 0) continue
      next = match.end
      break
    }
    lines += countNewlines(text.subarray(counted, next))
    return { hits, nextOffset: start + next, isFull: left === 0 }
  }
}

type Window = { text: Buffer; start: number; to: number }

/** `text` begins at `start`; hits that begin before `to` belong to this window. */
async function readWindow(source: LogSource, from: number, logBytes: number): Promise<Window> {
  const start = Math.max(0, from - beforeBytes)
  const end = Math.min(logBytes, from + windowBytes + afterBytes)
  const text = await source.text.readAt(start, end - start)
  // A log that was removed meanwhile reads as empty.
  if (text.length < end - start) throw new Error('The log was removed while it was being read.')
  return { text, start, to: end === logBytes ? text.length : characterFloor(text, from - start + windowBytes) }
}

function hitOf({ text, start }: Window, match: Match, record: LogRecord, line: number): SearchHit {
  const lineStart = match.start === 0 ? 0 : text.lastIndexOf(newline, match.start - 1) + 1
  const newlineAt = text.indexOf(newline, match.end)
  const lineEnd = newlineAt < 0 ? text.length : newlineAt
  const from = characterCeil(text, Math.max(lineStart, match.start - beforeBytes))
  const to = characterFloor(text, Math.min(lineEnd, Math.max(match.end, match.start + excerptBytes)))
  const before = text.toString('utf8', from, match.start)
  return {
    offset: start + match.start,
    nextOffset: start + match.end,
    line,
    ts: new Date(record.at).toISOString(),
    stream: record.stream,
    excerpt: text.toString('utf8', from, to),
    start: before.length,
    end: before.length + text.toString('utf8', match.start, match.end).length,
  }
}

/** Offsets must be asked for in order. */
function createRecordFinder(source: LogSource, records: number, offset: number) {
  let following: AsyncGenerator<LogRecord> | undefined
  let current: LogRecord | undefined
  return async (at: number): Promise<LogRecord | undefined> => {
    following ??= recordsFrom(source, records, await findRecord(source, records, offset))
    while (!current || endOf(current) <= at) {
      const { value, done } = await following.next()
      if (done) return undefined
      current = value
    }
    return current
  }
}
