import { DrizzleQueryError } from 'drizzle-orm/errors'
import { PgDatabase, PgDialect, type PgQueryResultHKT, type PreparedQueryConfig } from 'drizzle-orm/pg-core'
import { drizzle, PostgresJsSession } from 'drizzle-orm/postgres-js'
import type { Sql } from 'postgres'
import { type ClientOptions, type ClientSettings, type Connection, type Executor, openClient } from './connection'

type Whole = PgDatabase<PgQueryResultHKT, Record<string, never>>
/** Drizzle's query builder. Transactions are made by `transaction`, and raw statements are the executor's own. */
export type QueryBuilder = Pick<
  Whole,
  'select' | 'selectDistinct' | 'selectDistinctOn' | 'insert' | 'update' | 'delete' | 'with' | '$with' | '$count'
>

type Session = PostgresJsSession<Sql, Record<string, never>, Record<string, never>>

const dialect = new PgDialect()
const builders = new WeakMap<Executor, QueryBuilder>()

/**
 * Drizzle's query builder on a client, or inside a transaction: the session of the statements that are written by hand
 * there. A function that queries takes an `Executor`, so its caller decides which of the two it is.
 */
export function drizzleOn(executor: Executor): QueryBuilder {
  const known = builders.get(executor)
  if (known) return known
  const session = unwrapErrors(new PostgresJsSession(preparingClient(executor), dialect, undefined))
  const builder = new PgDatabase(dialect, session, undefined)
  builders.set(executor, builder)
  return builder
}

/** Fails as postgres.js does: Drizzle's own error, which it wraps around, holds the statement and every value in it. */
function unwrapErrors(session: Session): Session {
  const prepareQuery = session.prepareQuery.bind(session)
  session.prepareQuery = <T extends PreparedQueryConfig>(...query: Parameters<typeof prepareQuery<T>>) => {
    const prepared = prepareQuery<T>(...query)
    const execute = prepared.execute.bind(prepared)
    prepared.execute = (values) =>
      execute(values).catch((error: unknown) => {
        throw error instanceof DrizzleQueryError && error.cause ? error.cause : error
      })
    return prepared
  }
  return session
}

/** Drizzle asks its client for nothing but `unsafe`. Statements are prepared, as those written by hand are. */
function preparingClient(executor: Executor): Sql {
  const client: Pick<Sql, 'unsafe'> = {
    unsafe: (query, parameters) => executor.unsafe(query, parameters, { prepare: true }),
  }
  return client as Sql
}

/**
 * Drizzle's own client for its migrator, which asks for columns by their stored names. It changes the parsers of the
 * client it is given, so that client is never shared.
 */
export function openMigratorClient(connection: Connection, options: ClientOptions, more?: ClientSettings) {
  const client = openClient(connection, { ...options, columnsAsStored: true }, more)
  return { db: drizzle(client), client }
}
