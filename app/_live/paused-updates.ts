/**
 * While the reader has scrolled, rows newer than the one that was on top wait: they are counted, not shown.
 * `heldIds` are the rows as they were, from the top on, or null when nothing is held: where the first is gone, the next
 * that is still there stands for it.
 */
export function splitPaused<Row extends { id: string }>(rows: readonly Row[], heldIds: readonly string[] | null) {
  if (heldIds === null) return { shown: rows, waiting: 0 }
  const places = new Map(rows.map((row, at) => [row.id, at]))
  const held = heldIds.find((id) => places.has(id))
  const at = held === undefined ? 0 : (places.get(held) ?? 0)
  return { shown: rows.slice(at), waiting: at }
}
