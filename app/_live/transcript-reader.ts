import { formatOf } from '@/server/adapters/formats'
import { createTranscript, type Transcript, type TranscriptEntry } from '@/server/domain/transcript'
import type { LogLine, LogSnapshot } from './log-buffer'

export type TranscriptReader = ReturnType<typeof createTranscriptReader>

export function hasTranscript(adapterType: string): boolean {
  return formatOf(adapterType) !== null
}

/**
 * Reads the snapshots of a growing log as a transcript, from each only the new lines. A line of stdout counts once its
 * newline has arrived or the log has ended.
 */
export function createTranscriptReader(adapterType: string) {
  const format = formatOf(adapterType)
  let transcript: Transcript | null = null
  let entries: readonly TranscriptEntry[] = []
  let sources: readonly (readonly number[])[] = []
  /** The row the next line begins with. */
  let nextId = 0
  let readFrom = ''

  /** After text was prepended or dropped: row ids and pairs of calls and results are no longer the same. */
  function restart({ firstOffset, rowsDropped, lines }: LogSnapshot) {
    readFrom = `${firstOffset} ${rowsDropped}`
    transcript = format && createTranscript(format)
    entries = []
    sources = []
    const isWhole = firstOffset === 0 && rowsDropped === 0
    nextId = isWhole ? 0 : (afterFirstLine(lines) ?? Number.POSITIVE_INFINITY)
    if (nextId === Number.POSITIVE_INFINITY) readFrom = ''
  }

  return {
    /** For every entry, the lines of the log that it was made from. */
    sources: () => sources,
    /** Returns the same array as before if there are no new entries. */
    read(snapshot: LogSnapshot, hasEnded: boolean): readonly TranscriptEntry[] {
      if (readFrom !== `${snapshot.firstOffset} ${snapshot.rowsDropped}`) restart(snapshot)
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

/** The lines of stdout from a row on, each joined from its rows. */
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

/** The row after the first line, whose beginning may be missing; null if that line is not complete. */
function afterFirstLine(rows: readonly LogLine[]): number | null {
  const [first] = linesFrom(rows, 0)
  return first && !first.open ? first.lastId + 1 : null
}
