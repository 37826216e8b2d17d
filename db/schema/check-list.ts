import { type AnyColumn, sql } from 'drizzle-orm'

/** `column in ('a', 'b')` for a CHECK: the values come from the domain's closed sets. */
export function oneOf(column: AnyColumn, values: readonly string[]) {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`
}
