import { StartupError } from '@/server/domain/startup-error'
import { type ClientOptions, type Connection, openClient, type RawSql } from './connection'
import { explainDatabaseError, poolingSentence } from './explain'
import { sessionSettings } from './session-settings'

type Facts = {
  database: string
  user: string
  encoding: string
  isStandby: boolean
  isReadOnly: boolean
  hasPublic: boolean
  mayCreateInPublic: boolean
  mayCreateSchema: boolean
  replicationRole: string
  connections: number
  /** Sessions of other applications, where they are visible. */
  taken: number
}

export type DatabaseNeeds = { leaseMs: number; connections: number }

/**
 * Checks the requirements of Reveille before anything is written: privileges, encoding, sessions that are not shared and
 * keep their settings, enough connections. Returns the number of free connections. Fails with a StartupError that names what
 * is missing and what helps.
 */
export async function checkDatabase(connection: Connection, needs: DatabaseNeeds): Promise<number> {
  const options = { max: 1, applicationName: 'reveille check', leaseMs: needs.leaseMs }
  const [sql, other] = [openClient(connection, options), openClient(connection, options)]
  try {
    const facts = await readFacts(sql)
    const fault = complaintOf(facts, needs)
    if (fault) throw new StartupError(fault)
    if (await isPooledByTransaction(sql, other)) throw new StartupError(poolingSentence)
    await checkSettings(sql, options)
    return facts.connections - facts.taken
  } catch (error) {
    throw explainDatabaseError(error)
  } finally {
    await Promise.all([sql.end({ timeout: 2 }), other.end({ timeout: 2 })])
  }
}

// Simple queries without parameters: where a pooler swaps sessions, prepared statements are lost.
async function readFacts(sql: RawSql): Promise<Facts> {
  const [facts] = await sql.unsafe<[Facts]>(`
    select current_database() as database, current_user as user, current_setting('server_encoding') as encoding,
      pg_is_in_recovery() as is_standby, current_setting('transaction_read_only') = 'on' as is_read_only,
      to_regnamespace('public') is not null as has_public,
      coalesce(has_schema_privilege(to_regnamespace('public'), 'CREATE'), false) as may_create_in_public,
      has_database_privilege(current_database(), 'CREATE') or to_regclass('drizzle.__drizzle_migrations') is not null
        as may_create_schema,
      current_setting('session_replication_role') as replication_role,
      (select least(
          current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
          nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1))
        from pg_catalog.pg_database d, pg_catalog.pg_roles r
        where d.datname = current_database() and r.rolname = current_user) as connections,
      (select count(*)::int from pg_catalog.pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()) as taken`)
  return facts
}

function complaintOf(facts: Facts, needs: DatabaseNeeds): string | null {
  const database = quoted(facts.database)
  const user = quoted(facts.user)
  if (facts.encoding !== 'UTF8') {
    return `The database ${database} has the encoding ${facts.encoding}, which cannot hold every text: create one for Reveille with create database NAME encoding 'UTF8' template template0.`
  }
  if (facts.isStandby) {
    return `The database ${database} is a standby, and Reveille needs to write: set DATABASE_URL to the primary, or to all hosts separated by commas.`
  }
  if (facts.isReadOnly) {
    return `The database ${database} is read-only (default_transaction_read_only is on for it, for the user ${user}, or for the server), and Reveille needs to write: switch it off, for example with alter database ${database} set default_transaction_read_only = off.`
  }
  if (!facts.hasPublic)
    return `The database ${database} has no schema public: create schema public authorization ${user}.`
  if (!facts.mayCreateSchema) {
    return `The user ${user} may not create in the database ${database}: grant create on database ${database} to ${user}.`
  }
  if (!facts.mayCreateInPublic) {
    return `The user ${user} may not create in the schema public of ${database}: grant create on schema public to ${user}.`
  }
  if (facts.replicationRole === 'replica') {
    return `The database ${database} sets session_replication_role to replica, which switches triggers and foreign keys off: reset it.`
  }
  if (facts.connections < needs.connections) {
    return `This server opens up to ${needs.connections} connections, and PostgreSQL allows ${user} on ${database} at most ${facts.connections}: lower REVEILLE_DATABASE_CONNECTIONS, or raise max_connections or the limit of the user or the database.`
  }
  return null
}

/**
 * Whether two of our connections share a session of PostgreSQL. While one has a transaction open, the other is asked for its
 * session: with a pooler that shares sessions, both have the same one, or one has another one later.
 */
async function isPooledByTransaction(sql: RawSql, other: RawSql): Promise<boolean> {
  const pidOf = async (client: Pick<RawSql, 'unsafe'>) => {
    const [row] = await client.unsafe<[{ pid: number }]>('select pg_catalog.pg_backend_pid() as pid')
    return row.pid
  }
  for (let attempt = 0; attempt < 3; attempt++) {
    const own = await pidOf(sql)
    const held = await other.begin(async (tx) => [await pidOf(tx), await pidOf(sql), await pidOf(sql)])
    if (held[0] === own || held[1] !== own || held[2] !== own) return true
  }
  return false
}

/** The settings of our sessions, read back from one. */
async function checkSettings(sql: RawSql, options: ClientOptions): Promise<void> {
  const wanted = sessionSettings(options)
  const rows = await sql.unsafe<{ name: string; setting: string }[]>('select name, setting from pg_catalog.pg_settings')
  const found = new Map(rows.map(({ name, setting }) => [name, setting]))
  const lost = Object.keys(wanted).filter((name) => found.get(name) !== wanted[name])
  if (lost.length === 0) return
  const [name = ''] = lost
  throw new StartupError(
    `The sessions of the database do not keep what Reveille sets in them (${lost.join(', ')}; ${name} is ${found.get(name)}): a pooler in between resets it. Give DATABASE_URL the address of PostgreSQL itself.`,
  )
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
