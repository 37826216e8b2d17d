import { join } from 'node:path'
import postgres from 'postgres'
import { StartupError } from '@/server/domain/startup-error'
import { parseConnectionUrl } from './connection-url'
import { sessionSettings, sessionStatements } from './session-settings'

/** The location of a database: a URL, or the folder of the unix socket of an embedded one. */
export type Connection = { kind: 'url'; url: string } | SocketConnection
export type SocketConnection = { kind: 'socket'; directory: string; user: string; database: string }

export { statementTimeoutMs } from './session-settings'

export type RawSql = postgres.Sql<{ bigint: number }>
export type Tx = postgres.TransactionSql<{ bigint: number }>
/** A client or a transaction: for statements that may run in either. */
export type Executor = postgres.ISql<{ bigint: number }>

export type ClientOptions = {
  /** The most connections. */
  max: number
  applicationName: string
  /** Idle-in-transaction and lock timeouts are a third of it, so that a frozen server never outlives its lease. */
  leaseMs?: number
  /** 0: no timeout, for migrations. */
  statementTimeoutMs?: number
  /** Columns keep their stored names: for libraries, which use those. */
  columnsAsStored?: boolean
}

/** The options of postgres.js that `openClient` does not set itself. */
export type ClientSettings = postgres.Options<Record<string, never>>

/** A postgres.js client: columns in camelCase unless asked otherwise, `int8` as numbers, `timestamptz` as dates. Nothing connects before the first query. */
export function openClient(connection: Connection, options: ClientOptions, more: ClientSettings = {}): RawSql {
  const { connection: parameters, ...place } = placeOf(connection)
  const settings: postgres.Options<{ bigint: postgres.PostgresType<number> }> & { session: string } = {
    connect_timeout: 10,
    ...more,
    ...place,
    max: options.max,
    // The default is up to 20 s: too long for a lease, and for callers when the database is reachable again.
    backoff: (attempt) => Math.min(0.25, 0.01 * 2 ** attempt),
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onnotice: () => {},
    transform: options.columnsAsStored ? {} : { column: { from: postgres.toCamel } },
    connection: { application_name: options.applicationName, ...parameters },
    // From our patch: runs first in every new session, before it is used.
    session: sessionStatements(sessionSettings(options)),
  }
  const client = postgres(settings)
  if (!('session' in client.options)) throw new StartupError('postgres.js lacks the patch of this release: run npm ci.')
  return client
}

function placeOf(connection: Connection): ClientSettings {
  // The type lacks the lists of hosts and ports, which are supported.
  if (connection.kind === 'url') return parseConnectionUrl(connection.url) as unknown as ClientSettings
  const { directory, user, database } = connection
  return { path: join(directory, '.s.PGSQL.5432'), user, database, pass: '', connection: {} }
}
