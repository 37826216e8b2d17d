import type { LogStream } from '@/server/domain/run-status'
import type { AnsiStyle } from './ansi'
import { createLineAssembler } from './line-assembler'

/** `offset` and `nextOffset` are bytes of the log's text; `ts` is ISO 8601. */
export type LogEntry = {
  offset: number
  nextOffset: number
  ts: string
  stream: LogStream
  chunk: string
  /** No text, but news: the server that runs the run can not be reached, or can again. */
  owner?: 'gone' | 'back'
}

export type LogLine = {
  id: number
  /** In the log, from 1 on; null for the rest of a line that was too long for one row. */
  number: number | null
  ts: string
  stream: LogStream
  text: string
  /** What the stream's colours were when the line began. */
  style: AnsiStyle
  /** Whether its newline is still to come. */
  open: boolean
}

export type LogSnapshot = {
  lines: readonly LogLine[]
  /** The bytes held: from the first to before the next. */
  firstOffset: number
  nextOffset: number
  /** Whether the oldest text was let go to stay within bounds. */
  trimmed: boolean
  roomForEarlier: boolean
  /** Rows let go so far. */
  rowsDropped: number
}

export type LogBuffer = ReturnType<typeof createLogBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Turns log entries into lines, each stream by itself, as they arrive. What was seen already is dropped, and the oldest
 * text is let go past `maxChars` UTF-16 units or `maxLines` rows, a tenth at a time so that rows seldom move.
 */
export function createLogBuffer({ maxChars = 8 * 1024 * 1024, maxLines = 200_000 } = {}) {
  /** Kept until something is let go, so that earlier text can be put before them. */
  let entries: LogEntry[] = []
  let assembler = createLineAssembler()
  let chars = 0
  let firstOffset: number | null = null
  let nextOffset: number | null = null
  let trimmed = false

  function add(entry: LogEntry) {
    firstOffset ??= entry.offset
    nextOffset = entry.nextOffset
    chars += entry.chunk.length
    if (!trimmed) entries.push(entry)
    assembler.append(entry)
  }

  function trim() {
    if (chars <= maxChars && assembler.rows() <= maxLines && entries.length <= maxLines) return
    chars = assembler.shorten(maxChars * 0.9, Math.floor(maxLines * 0.9))
    entries = []
    trimmed = true
  }

  return {
    /** The line that the first entry will begin with. */
    beginAt(number: number): void {
      assembler = createLineAssembler(number)
    },

    append(entry: LogEntry): void {
      const fresh = nextOffset === null ? entry : after(entry, nextOffset)
      if (!fresh) return
      add(fresh)
      trim()
    },

    /** Puts earlier entries before what is held; they end where it begins, and begin with the line `number`. */
    prepend(earlier: readonly LogEntry[], number = 1): void {
      if (trimmed) return
      const all = [...earlier, ...entries]
      entries = []
      chars = 0
      firstOffset = null
      assembler = createLineAssembler(number)
      for (const entry of all) add(entry)
    },

    snapshot(): LogSnapshot {
      return {
        lines: assembler.lines(),
        firstOffset: firstOffset ?? 0,
        nextOffset: nextOffset ?? 0,
        trimmed,
        roomForEarlier: !trimmed && chars < maxChars * 0.8,
        rowsDropped: assembler.droppedRows(),
      }
    },
  }
}

/** The part of an entry from `offset` on, or null when there is none. */
function after(entry: LogEntry, offset: number): LogEntry | null {
  if (entry.nextOffset <= offset) return null
  if (entry.offset >= offset) return entry
  const chunk = decoder.decode(encoder.encode(entry.chunk).subarray(offset - entry.offset))
  return { ...entry, offset, chunk }
}
