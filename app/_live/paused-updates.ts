/**
 * Splits the rows of a paused list: rows above the one that was on top when it was paused are counted, not shown.
 * `pausedIds` are the ids at that time, from the top, or null if the list is not paused. If the first has disappeared, the
 * next one that still exists takes its place.
 */
export function splitPaused<Row extends { id: string }>(rows: readonly Row[], pausedIds: readonly string[] | null) {
  if (pausedIds === null) return { shown: rows, waiting: 0 }
  const positions = new Map(rows.map((row, at) => [row.id, at]))
  const top = pausedIds.find((id) => positions.has(id))
  const at = top === undefined ? 0 : (positions.get(top) ?? 0)
  return { shown: rows.slice(at), waiting: at }
}
