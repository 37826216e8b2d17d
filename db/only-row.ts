/** The row of a statement that returns exactly one, such as an insert with `returning`, or a count. */
export function onlyRow<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined || rows.length > 1) throw new Error(`Expected one row of the database, got ${rows.length}.`)
  return row
}
