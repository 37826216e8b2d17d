import type { LogStream } from '@/server/domain/run-status'
import { type AnsiStyle, plain, styleAfter } from './ansi'
import type { LogEntry, LogLine } from './log-buffer'

const longestRow = 16_384

/** Joins chunks into lines. A line stays where its stream began it, whatever the other stream writes meanwhile. */
export function createLineAssembler(firstNumber = 1) {
  let lines: LogLine[] = []
  let nextId = 0
  let droppedRows = 0
  let nextNumber = firstNumber
  /** The row each stream is writing, counted from the first row ever. */
  const openAt = new Map<LogStream, number>()
  const styles = createStreamStyles()

  function put({ stream, ts }: LogEntry, text: string, ends: boolean) {
    const at = openAt.get(stream) ?? droppedRows + lines.length
    const open = lines[at - droppedRows]
    const line = open
      ? { ...open, text: joined(open.text, text), open: !ends }
      : {
          id: nextId++,
          number: nextNumber++,
          ts,
          stream,
          text: joined('', text),
          style: styles.of(stream),
          open: !ends,
        }
    const [first = line, ...rest] = line.text.length > longestRow ? rowsOf(line, () => nextId++) : [line]
    lines[at - droppedRows] = first
    for (const row of rest) lines.push(row)
    openAt.set(stream, rest.length > 0 ? droppedRows + lines.length - 1 : at)
    if (!ends) return
    openAt.delete(stream)
    styles.endLine(rest.at(-1) ?? first)
  }

  return {
    lines: (): readonly LogLine[] => lines.slice(),
    rows: () => lines.length,
    droppedRows: () => droppedRows,

    append(entry: LogEntry) {
      let from = 0
      while (from < entry.chunk.length) {
        const newline = entry.chunk.indexOf('\n', from)
        put(entry, entry.chunk.slice(from, newline < 0 ? undefined : newline), newline >= 0)
        if (newline < 0) return
        from = newline + 1
      }
    },

    /** Keeps the newest rows within both bounds. Returns the UTF-16 units kept. */
    shorten(keepChars: number, keepRows: number): number {
      const { first, kept } = newest(lines, keepChars, keepRows)
      lines = lines.slice(first)
      droppedRows += first
      for (const [stream, at] of openAt) if (at < droppedRows) openAt.delete(stream)
      return kept
    },
  }
}

/** The ANSI style that each stream's next line begins with: colours carry over to the next line of their stream. */
function createStreamStyles() {
  const styles = new Map<LogStream, AnsiStyle>()
  return {
    of: (stream: LogStream) => styles.get(stream) ?? plain,
    endLine({ text, style, stream }: LogLine) {
      if (!text.includes('\x1b[') && !styles.has(stream)) return
      const next = styleAfter(text, style)
      if (next === plain) styles.delete(stream)
      else styles.set(stream, next)
    },
  }
}

/** Splits a line that is too long for one row. */
function rowsOf(line: LogLine, newId: () => number): LogLine[] {
  const rows: LogLine[] = []
  let rest = line
  while (rest.text.length > longestRow) {
    const cut = cutPoint(rest.text)
    const head = { ...rest, text: rest.text.slice(0, cut), open: false }
    rows.push(head)
    const style = styleAfter(head.text, head.style)
    rest = { ...rest, id: newId(), number: null, text: rest.text.slice(cut), style }
  }
  return [...rows, rest]
}

/** The index of the first of the newest rows within both bounds, and the UTF-16 units of those rows. */
function newest(lines: readonly LogLine[], keepChars: number, keepRows: number) {
  let kept = 0
  let first = lines.length
  while (first > 0 && lines.length - first < keepRows) {
    const size = (lines[first - 1]?.text.length ?? 0) + 1
    if (kept + size > keepChars) break
    kept += size
    first -= 1
  }
  return { first, kept }
}

/** A progress bar rewrites its line over and over: only what is still visible is kept. */
function joined(open: string, text: string): string {
  const whole = open + text
  if (whole.length <= longestRow / 4) return whole
  const lastReturn = whole.lastIndexOf('\r', whole.length - 2)
  return lastReturn > 0 ? whole.slice(lastReturn) : whole
}

/** Never between the halves of a surrogate pair. */
function cutPoint(text: string): number {
  const code = text.charCodeAt(longestRow - 1)
  return code >= 0xd800 && code <= 0xdbff ? longestRow - 1 : longestRow
}
