/**
 * Keeps rows where they are when a list that is ordered by what changes is read again: who stays keeps its place, who
 * is new takes the place of one that has gone, or stands at the end. `before` are the ids as they were shown.
 */
export function frozenOrder<Row extends { id: string }>(before: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const known = new Set(before)
  const fresh = rows.filter((row) => !known.has(row.id))
  const placed = before.map((id) => byId.get(id) ?? fresh.shift())
  return [...placed.filter((row) => row !== undefined), ...fresh]
}
