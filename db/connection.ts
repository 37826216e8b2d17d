import { join } from 'node:path'
import postgres from 'postgres'

/** Where a database is: by URL, or an embedded one by the folder of its unix socket. */
export type Connection = { kind: 'url'; url: string } | SocketConnection
export type SocketConnection = { kind: 'socket'; directory: string; user: string; database: string }

export type RawSql = postgres.Sql<{ bigint: number }>
export type Tx = postgres.TransactionSql<{ bigint: number }>
/** What a statement needs that may stand alone or in a transaction. */
export type Executor = postgres.ISql<{ bigint: number }>

export type ClientOptions = {
  /** Connections at most. */
  max: number
  applicationName: string
  /** Idle-in-transaction and lock timeouts are a third of it, so that a frozen server never outlives its lease. */
  leaseMs?: number
  /**
   * For statements that touch few rows by key, whose plans are made before the tables are large or the lists are known:
   * nested loops over indexes, always, and planned once: planning anew took a third of what a run cost the database.
   */
  byKey?: boolean
  /** 0 is none: for migrations. */
  statementTimeoutMs?: number
  /** Columns keep the names they are stored under: for libraries, which ask for them by those. */
  columnsAsStored?: boolean
}

/** Of postgres.js: what is not set by `openClient` itself. */
export type ClientSettings = postgres.Options<Record<string, never>>

// A word: postgres.js does not send what is false.
const off = 'off'
const defaultLeaseMs = 15_000

/** No statement lasts longer, but a migration's. */
export const statementTimeoutMs = 15_000

/** A postgres.js client: columns in camelCase unless asked otherwise, `int8` as numbers, `timestamptz` as dates. Nothing connects before the first query. */
export function openClient(connection: Connection, options: ClientOptions, more: ClientSettings = {}): RawSql {
  const settings: postgres.Options<{ bigint: postgres.PostgresType<number> }> = {
    ...more,
    max: options.max,
    connect_timeout: 10,
    // Its own is up to 20 s: too long for a lease, and for whoever waits for a database that is back.
    backoff: (attempt) => Math.min(0.25, 0.01 * 2 ** attempt),
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onnotice: () => {},
    transform: options.columnsAsStored ? {} : { column: { from: postgres.toCamel } },
    connection: sessionSettings(options),
  }
  if (connection.kind === 'url') return openByUrl(connection.url, settings)
  const { directory, user, database } = connection
  return postgres({ ...settings, path: join(directory, '.s.PGSQL.5432'), user, database, pass: '' })
}

/** `?host=/folder` names the folder of a unix socket, as it does for PostgreSQL's own programs: postgres.js sends it on as a setting. */
function openByUrl(text: string, settings: postgres.Options<{ bigint: postgres.PostgresType<number> }>): RawSql {
  const url = new URL(text)
  const directory = url.searchParams.get('host')
  if (!directory?.startsWith('/')) return postgres(text, settings)
  const user = url.searchParams.get('user') ?? decodeURIComponent(url.username)
  for (const name of ['host', 'user']) url.searchParams.delete(name)
  return postgres(url.href, { ...settings, path: join(directory, `.s.PGSQL.${url.port || 5432}`), user })
}

function sessionSettings(options: ClientOptions) {
  const thirdMs = Math.floor((options.leaseMs ?? defaultLeaseMs) / 3)
  const untimed = options.statementTimeoutMs === 0
  return {
    application_name: options.applicationName,
    idle_in_transaction_session_timeout: untimed ? 0 : thirdMs,
    lock_timeout: untimed ? 0 : Math.min(thirdMs, 4000),
    statement_timeout: options.statementTimeoutMs ?? statementTimeoutMs,
    // Compiling costs more than any statement here takes.
    jit: off,
    ...(options.byKey
      ? {
          plan_cache_mode: 'force_generic_plan',
          enable_seqscan: off,
          enable_bitmapscan: off,
          enable_hashjoin: off,
          enable_mergejoin: off,
        }
      : {}),
  }
}
