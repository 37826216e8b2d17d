import { DrizzleQueryError } from 'drizzle-orm/errors'
import { PgDatabase, PgDialect, type PgQueryResultHKT, type PreparedQueryConfig } from 'drizzle-orm/pg-core'
import { drizzle, PostgresJsSession } from 'drizzle-orm/postgres-js'
import type { Sql } from 'postgres'
import { type ClientOptions, type ClientSettings, type Connection, type Executor, openClient } from './connection'

type Whole = PgDatabase<PgQueryResultHKT, Record<string, never>>
/** Drizzle's query builder. Transactions are started by `transaction`, and raw SQL by the executor. */
export type QueryBuilder = Pick<
  Whole,
  'select' | 'selectDistinct' | 'selectDistinctOn' | 'insert' | 'update' | 'delete' | 'with' | '$with' | '$count'
>

type Session = PostgresJsSession<Sql, Record<string, never>, Record<string, never>>

const dialect = new PgDialect()
const builders = new WeakMap<Executor, QueryBuilder>()

/**
 * Drizzle's query builder on a client, or inside a transaction: in the same session as the raw SQL
 * there. A function with queries takes an `Executor`, so that its caller decides which of the two it is.
 */
export function drizzleOn(executor: Executor): QueryBuilder {
  const known = builders.get(executor)
  if (known) return known
  const session = unwrapErrors(new PostgresJsSession(preparingClient(executor), dialect, undefined))
  const builder = new PgDatabase(dialect, session, undefined)
  builders.set(executor, builder)
  return builder
}

/** Fails with the error of postgres.js: Drizzle's wrapper contains the statement and all of its values. */
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

/** Drizzle uses only `unsafe` of its client. Statements are prepared, like raw SQL. */
function preparingClient(executor: Executor): Sql {
  const client: Pick<Sql, 'unsafe'> = {
    unsafe: (query, parameters) => executor.unsafe(query, parameters, { prepare: true }),
  }
  return client as Sql
}

/**
 * Drizzle's own client for its migrator, which uses the stored names of columns. It changes the parsers of the
 * client that it gets, so that client is never shared.
 */
export function openMigratorClient(connection: Connection, options: ClientOptions, more?: ClientSettings) {
  const client = openClient(connection, { ...options, columnsAsStored: true }, more)
  return { db: drizzle(client), client }
}
