import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { StartupError } from '@/server/domain/startup-error'
import type { Connection, RawSql } from './connection'
import { openMigratorClient } from './drizzle'
import { explainDatabaseError } from './explain'
import { migrationsFolder, thisRelease } from './release'
import { readSchemaState } from './schema-state'

const migrationLock = 7_733_001
const oldestMajor = 15

/**
 * Brings the database to this release's schema; servers that start together take turns. Answers how many migrations
 * were there before. Fails with a StartupError, also where a newer or another release has made the schema.
 */
export async function migrate(connection: Connection): Promise<number> {
  const { db, client: sql } = openMigratorClient(
    connection,
    { max: 1, applicationName: 'reveille migrate', statementTimeoutMs: 0 },
    { max_lifetime: null },
  )
  try {
    await checkVersion(sql)
    await sql`select pg_advisory_lock(${migrationLock})`
    const before = await readSchemaState(sql)
    if (before.kind === 'current') return before.applied
    if (before.kind !== 'behind') throw new StartupError(before.sentence)
    await applyMigrations(db, { migrationsFolder }).catch(explain)
    // Not taken on trust: what believes itself done and is not leaves a server that says it is ready and fails later.
    const after = await readSchemaState(sql)
    if (after.kind !== 'current') throw new StartupError(after.sentence)
    return before.applied
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function explain(error: unknown): never {
  // Drizzle's own message is the whole statement.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new StartupError(
    `The database could not be brought to the schema of this release (${thisRelease().version}), and is as it was: ${reason}.`,
  )
}

async function checkVersion(sql: RawSql) {
  const [row] = await sql<{ server_version_num: string }[]>`show server_version_num`.catch((error: unknown) => {
    throw explainDatabaseError(error)
  })
  const major = Math.floor(Number(row?.server_version_num) / 10_000)
  if (major < oldestMajor) {
    throw new StartupError(`The database is PostgreSQL ${major}, and Reveille needs ${oldestMajor} or newer.`)
  }
}
