import { type ClientOptions, type Connection, openClient, type RawSql } from './connection'

export type { Connection, Executor, RawSql, Tx } from './connection'

export type Database = {
  /** A pool of `max` connections. `drizzleOn(sql)` is Drizzle's query builder on it. */
  sql: RawSql
  /** Waits up to 5 s for queries in flight. */
  close(): Promise<void>
}

export function connect(connection: Connection, options: ClientOptions): Database {
  const sql = openClient(connection, options)
  return { sql, close: () => sql.end({ timeout: 5 }) }
}
