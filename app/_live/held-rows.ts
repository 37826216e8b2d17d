/**
 * While the reader has scrolled, rows newer than the one that was on top wait: they are counted, not shown.
 * `heldId` is that row's id, or null when nothing is held.
 */
export function splitHeld<Row extends { id: string }>(rows: readonly Row[], heldId: string | null) {
  const at = heldId === null ? 0 : rows.findIndex((row) => row.id === heldId)
  if (at <= 0) return { shown: rows, waiting: 0 }
  return { shown: rows.slice(at), waiting: at }
}
