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
 * Migrates the database to this release's schema; servers that start together take turns. Returns how many migrations
 * had been applied before. Fails with a StartupError, also for the schema of a newer or another release.
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
    // Checked again: an incomplete migration would let the server report ready and fail later.
    const after = await readSchemaState(sql)
    if (after.kind !== 'current') throw new StartupError(after.sentence)
    return before.applied
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function explain(error: unknown): never {
  // Drizzle's own message contains the complete statement.
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
