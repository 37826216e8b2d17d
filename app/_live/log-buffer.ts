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
  /** An entry without text: the server that executes the run cannot be reached, or can be reached again. */
  owner?: 'gone' | 'back'
}

export type LogLine = {
  id: number
  /** The number in the log, from 1; null for further rows of a line that is too long for one row. */
  number: number | null
  ts: string
  stream: LogStream
  text: string
  /** The stream's style at the start of the line. */
  style: AnsiStyle
  /** Whether its newline has not arrived yet. */
  open: boolean
}

export type LogSnapshot = {
  lines: readonly LogLine[]
  /** The bytes in the buffer: from `firstOffset` up to `nextOffset`. */
  firstOffset: number
  nextOffset: number
  /** Whether the oldest text was dropped to stay within bounds. */
  trimmed: boolean
  roomForEarlier: boolean
  /** Rows dropped so far. */
  rowsDropped: number
}

export type LogBuffer = ReturnType<typeof createLogBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Turns log entries into lines, separately for each stream, as they arrive. Text that was received before is ignored. Past
 * `maxChars` UTF-16 units or `maxLines` rows, the oldest tenth is dropped at once, so that rows seldom move.
 */
export function createLogBuffer({ maxChars = 8 * 1024 * 1024, maxLines = 200_000 } = {}) {
  /** Kept until text is dropped, so that earlier text can be prepended. */
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
    /** Sets the number of the line that the first entry begins with. */
    beginAt(number: number): void {
      assembler = createLineAssembler(number)
    },

    append(entry: LogEntry): void {
      const fresh = nextOffset === null ? entry : after(entry, nextOffset)
      if (!fresh) return
      add(fresh)
      trim()
    },

    /** Prepends earlier entries, which begin with the line `number` and end where the buffer begins. */
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

/** The part of an entry from byte `offset` on, or null if there is none. */
function after(entry: LogEntry, offset: number): LogEntry | null {
  if (entry.nextOffset <= offset) return null
  if (entry.offset >= offset) return entry
  const chunk = decoder.decode(encoder.encode(entry.chunk).subarray(offset - entry.offset))
  return { ...entry, offset, chunk }
}
