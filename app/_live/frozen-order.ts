/**
 * Keeps the order of a list that is sorted by a value that changes. Rows keep their position; new rows take the positions
 * of rows that have disappeared, or come last. `before` are the ids in the order shown.
 */
export function frozenOrder<Row extends { id: string }>(before: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const known = new Set(before)
  const fresh = rows.filter((row) => !known.has(row.id))
  const placed = before.map((id) => byId.get(id) ?? fresh.shift())
  return [...placed.filter((row) => row !== undefined), ...fresh]
}
