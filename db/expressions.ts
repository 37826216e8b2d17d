import {
  type AnyColumn,
  Column,
  is,
  isSQLWrapper,
  type Placeholder,
  type SQL,
  type SQLWrapper,
  sql,
  type Table,
} from 'drizzle-orm'

// Expressions for which Drizzle's query builder has no function.

/** The start time of the transaction, on the database's clock. */
export const now = () => sql<Date>`now()`

/** The current time, also in a transaction that has waited for a lock. */
export const clockTime = () => sql<Date>`clock_timestamp()`

export const millisecondsAgo = (ms: number) => sql<Date>`now() - ${ms} * interval '1 ms'`

/** In days of 24 hours. */
export const daysAgo = (days: number) => millisecondsAgo(days * 86_400_000)

export const millisecondsFromNow = (ms: number) => sql<Date>`now() + ${ms} * interval '1 ms'`

/** The UTC day of a time, as `2026-11-22`. */
export const utcDay = (at: AnyColumn) => sql<string>`to_char(${at} at time zone 'utc', 'YYYY-MM-DD')`

export const millisecondsAfter = (time: AnyColumn, ms: number) => sql<Date>`${time} + ${ms} * interval '1 ms'`

export const coalesce = <T>(value: SQLWrapper, fallback: T | SQL<T>) => sql<T>`coalesce(${value}, ${fallback})`

/** The greatest value that is not null. */
export const greatest = <T>(value: SQL<T>, other: SQLWrapper) => sql<T>`greatest(${value}, ${other})`

/** A subquery of one column and at most one row, as a value. */
export const scalar = <T>(query: SQLWrapper & PromiseLike<Record<string, T>[]>) => sql<T | null>`${query}`

export const firstCharacters = (text: AnyColumn, count: number) => sql<string | null>`left(${text}, ${count})`

/** The stored size in bytes of a value, or of a complete row. */
export const storedBytes = (value: AnyColumn | Table) => sql<number | null>`pg_column_size(${value})`

/** Values as text, joined with a separator. */
export const joinedText = (separator: string, ...values: (string | SQLWrapper)[]) =>
  sql<string>`concat_ws(${separator}, ${list(values.map((value) => cast(value, 'text')))})`

export const times = (column: AnyColumn, factor: number | SQLWrapper) => sql<number>`${column} * ${factor}`

export const plus = (column: AnyColumn, addend: number | SQLWrapper) => sql<number>`${column} + ${addend}`

/** `dividend / divisor`; null where the divisor is 0. */
export const ratio = (dividend: AnyColumn, divisor: AnyColumn) =>
  sql<number | null>`${dividend} / nullif(${divisor}, 0)::float8`

/** For `orderBy`. */
export const nullsLast = (order: SQL) => sql`${order} nulls last`

export const cast = <T>(value: unknown, type: 'text' | 'integer' | 'bigint' | 'timestamptz') =>
  sql<T>`${value}::${sql.raw(type)}`

/** `case when … then … else … end`. */
export const ifElse = <T>(condition: SQLWrapper, value: T | SQL<T> | AnyColumn, otherwise: T | SQL<T> | AnyColumn) =>
  sql<T>`case when ${condition} then ${value} else ${otherwise} end`

/** A value of a jsonb object. */
export const jsonField = (column: AnyColumn, name: string) => sql<unknown>`${column} -> ${name}::text`

/** `inArray` for lists of many lengths: the list is one parameter, so the statement is prepared once and not per length. */
export const equalsAny = <C extends AnyColumn>(column: C, values: readonly C['_']['data'][] | Placeholder) =>
  sql`${column} = any(${sql.param(values)})`

/** For `onConflictDoUpdate`: the value that could not be inserted. */
export const excluded = (column: AnyColumn) => sql`excluded.${sql.identifier(column.name)}`

/** A position in a list: a row comparison, which a b-tree index on the same columns supports. */
export const rowAfter = (columns: Sortable[], values: unknown[]) => compareRows(columns, sql.raw('>'), values)
export const rowBefore = (columns: Sortable[], values: unknown[]) => compareRows(columns, sql.raw('<'), values)

type Sortable = AnyColumn | SQL

function compareRows(columns: Sortable[], operator: SQL, values: unknown[]) {
  const encoded = values.map((value, nth) => {
    const column = columns[nth]
    return is(column, Column) && !isSQLWrapper(value) ? sql.param(value, column) : sql`${value}`
  })
  return sql`(${list(columns)}) ${operator} (${list(encoded)})`
}

function list(parts: SQLWrapper[]) {
  return sql.join(parts, sql.raw(', '))
}
