/** A place in `live_events`: everything at or before it has been seen. */
export type Cursor = { tx: number; id: number }

export function isAfter(a: Cursor, b: Cursor): boolean {
  return a.tx > b.tx || (a.tx === b.tx && a.id > b.id)
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.tx}-${cursor.id}`
}

export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text)
  return match ? { tx: Number(match[1]), id: Number(match[2]) } : null
}
