import { type Placeholder, sql } from 'drizzle-orm'
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
  const builder = builderOn((query, parameters) => executor.unsafe(query, parameters, { prepare: true }))
  builders.set(executor, builder)
  return builder
}

type Statement<Rows> = { execute(values: Record<string, unknown>): Promise<Rows> }

/**
 * A statement of a frequent request, built once for all executors: to build one costs more than to send it. `names` are
 * those of its placeholders.
 */
export function prepared<const Name extends string, Rows>(
  names: readonly Name[],
  build: (db: QueryBuilder, given: Record<Name, Placeholder<Name>>) => { prepare(name: string): Statement<Rows> },
): (executor: Executor, values: Record<Name, unknown>) => Promise<Rows> {
  let statement: Statement<Rows> | undefined
  return (executor, values) => {
    if (!statement) {
      const given = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]))
      statement = build(preparing, given as Record<Name, Placeholder<Name>>).prepare('')
    }
    target = executor
    try {
      return statement.execute(values)
    } finally {
      target = null
    }
  }
}

/** Where the statement that is being sent goes. Drizzle asks for it before `execute` returns: later it fails. */
let target: Executor | null = null

const preparing = builderOn((query, parameters) => {
  if (!target) throw new Error('A prepared statement was sent without an executor.')
  return target.unsafe(query, parameters, { prepare: true })
})

/** Drizzle uses only `unsafe` of its client. Statements are prepared, like raw SQL. */
function builderOn(unsafe: Sql['unsafe']): QueryBuilder {
  const client: Pick<Sql, 'unsafe'> = { unsafe }
  return new PgDatabase(dialect, unwrapErrors(new PostgresJsSession(client as Sql, dialect, undefined)), undefined)
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

/**
 * Drizzle's own client for its migrator, which uses the stored names of columns. It changes the parsers of the
 * client that it gets, so that client is never shared.
 */
export function openMigratorClient(connection: Connection, options: ClientOptions, more?: ClientSettings) {
  const client = openClient(connection, { ...options, columnsAsStored: true }, more)
  return { db: drizzle(client), client }
}
