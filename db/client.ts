import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import { type ClientOptions, type ClientSettings, type Connection, openClient, type RawSql } from './connection'
import * as schema from './schema'

export type { Connection, Executor, RawSql, Tx } from './connection'
export type Db = PostgresJsDatabase<typeof schema>
/** A transaction of Drizzle's, or Drizzle itself: what a function takes that joins its caller's transaction. */
export type DbOrTransaction = Db | Parameters<Parameters<Db['transaction']>[0]>[0]

export type Database = {
  /** Raw postgres.js: for SQL by hand and LISTEN. Its own pool of `max`. */
  sql: RawSql
  /** Drizzle with the schema, on its own pool of `max`. */
  db: Db
  /** Waits up to 5 s for queries in flight. */
  close(): Promise<void>
}

export function connect(connection: Connection, options: ClientOptions): Database {
  const sql = openClient(connection, options)
  const drizzled = openDrizzle(connection, options)
  return {
    sql,
    db: drizzled.db,
    close: async () => {
      await Promise.all([sql, drizzled.client].map((client) => client.end({ timeout: 5 })))
    },
  }
}

/**
 * Drizzle on a client of its own: it changes the parsers of the client it is given, and where it reads rows as objects
 * (its migrator does) it asks for columns by their stored names.
 */
export function openDrizzle(connection: Connection, options: ClientOptions, more?: ClientSettings) {
  const client = openClient(connection, { ...options, columnsAsStored: true }, more)
  return { db: drizzle(client, { schema }), client }
}
