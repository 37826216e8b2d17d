import { paint } from './colour'

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** JSON on one line: a list is one document, a stream is JSON lines. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value))
}

/** A note on stderr; stdout is for results. */
export function printNote(text: string): void {
  process.stderr.write(`reveille: ${text}\n`)
}

/** A note that is printed only on a terminal. */
export function printHint(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${paint(process.stderr, 'dim', text)}\n`)
}

export type Column<T> = { title: string; of(row: T): string; status?: boolean }

/** Prints a table, or the note `empty` on stderr if there are no rows. */
export function printTable<T>(rows: T[], columns: Column<T>[], empty: string): void {
  if (rows.length === 0) {
    printHint(empty)
    return
  }
  const cells = rows.map((row) => columns.map((column) => plain(column.of(row))))
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  )
  // On a terminal, the last column is shortened so that lines do not wrap.
  const room = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const fitting = (text: string) => {
    const most = Math.max(12, room - before)
    return text.length > most ? `${text.slice(0, most - 1)}…` : text
  }
  const line = (row: string[], draw: (text: string, index: number) => string) =>
    printLine(
      row
        .map((text, index) => draw(index === row.length - 1 ? fitting(text) : text.padEnd(widths[index] ?? 0), index))
        .join('  ')
        .trimEnd(),
    )
  line(
    columns.map((column) => column.title),
    (text) => paint(process.stdout, 'dim', text),
  )
  for (const row of cells) {
    line(row, (text, index) => (columns[index]?.status ? paint(process.stdout, 'status', text) : text))
  }
}

/** Replaces control characters, which must not reach the terminal. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
