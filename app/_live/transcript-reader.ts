import { formatOf } from '@/server/adapters/formats'
import { createTranscript, type Transcript, type TranscriptEntry } from '@/server/domain/transcript'
import type { LogLine, LogSnapshot } from './log-buffer'

export type TranscriptReader = ReturnType<typeof createTranscriptReader>

export function hasTranscript(adapterType: string): boolean {
  return formatOf(adapterType) !== null
}

/**
 * Reads a log's snapshots, one after the other, as a transcript: of each only what is new in it. Lines of stdout count
 * once their newline is there, or the log has ended.
 */
export function createTranscriptReader(adapterType: string) {
  const format = formatOf(adapterType)
  let transcript: Transcript | null = null
  let entries: readonly TranscriptEntry[] = []
  let sources: readonly (readonly number[])[] = []
  /** The row the next line begins with. */
  let nextId = 0
  let readFrom = ''

  /** Text was put before what was read, or taken from it: row ids and pairs of calls and results are no longer the same. */
  function beginAgain({ firstOffset, rowsDropped, lines }: LogSnapshot) {
    readFrom = `${firstOffset} ${rowsDropped}`
    transcript = format && createTranscript(format)
    entries = []
    sources = []
    const isWhole = firstOffset === 0 && rowsDropped === 0
    nextId = isWhole ? 0 : (afterFirstLine(lines) ?? Number.POSITIVE_INFINITY)
    if (nextId === Number.POSITIVE_INFINITY) readFrom = ''
  }

  return {
    /** Of every entry, the lines of the log that it was made from. */
    sources: () => sources,
    /** Answers the same list as before where nothing was added to it. */
    read(snapshot: LogSnapshot, hasEnded: boolean): readonly TranscriptEntry[] {
      if (readFrom !== `${snapshot.firstOffset} ${snapshot.rowsDropped}`) beginAgain(snapshot)
      let changed = false
      for (const line of linesFrom(snapshot.lines, nextId)) {
        if (line.open && !hasEnded) break
        nextId = line.lastId + 1
        if (transcript?.add(line.text, line.number ?? 0) !== null) changed = true
      }
      if (changed && transcript) {
        entries = transcript.entries().slice()
        sources = transcript.sources().slice()
      }
      return entries
    },
  }
}

type WholeLine = { text: string; number: number | null; lastId: number; open: boolean }

/** The lines of stdout from a row on, with their rows joined again. */
function* linesFrom(rows: readonly LogLine[], fromId: number): Generator<WholeLine> {
  const firstId = rows[0]?.id ?? 0
  let line: WholeLine | null = null
  for (let at = Math.max(0, fromId - firstId); at < rows.length; at += 1) {
    const row = rows[at]
    if (row?.stream !== 'stdout') continue
    if (line && row.number === null) {
      line = { text: line.text + row.text, number: line.number, lastId: row.id, open: row.open }
    } else {
      if (line) yield line
      line = { text: row.text, number: row.number, lastId: row.id, open: row.open }
    }
  }
  if (line) yield line
}

/** The beginning of the first line may be missing. Answers the row after it, or null before there is one. */
function afterFirstLine(rows: readonly LogLine[]): number | null {
  const [first] = linesFrom(rows, 0)
  return first && !first.open ? first.lastId + 1 : null
}
