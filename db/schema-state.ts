import { readMigrationFiles } from 'drizzle-orm/migrator'
import postgres from 'postgres'
import type { Executor } from './connection'
import { migrationNames, migrationsFolder, thisRelease } from './release'

/** `at` is the time at which the migration was generated: Drizzle stores it with the hash of the text, and no name. */
export type Migration = { name: string; hash: string; at: number }
export type AppliedMigration = Omit<Migration, 'name'>

/** The database's migrations compared to those of this release. Every state but `current` has a sentence that says what to do. */
export type SchemaState =
  | { kind: 'current'; applied: number }
  | { kind: 'behind' | 'ahead' | 'foreign'; applied: number; sentence: string }

const undefinedTable = '42P01'
let shipped: Migration[] | undefined

/** Compares the migrations in the database with those of this release, with one small query. */
export async function readSchemaState(sql: Executor): Promise<SchemaState> {
  shipped ??= readMigrations(migrationsFolder)
  return compareSchema(shipped, await appliedMigrations(sql))
}

/** The migrations in a folder, in the order of their application. */
export function readMigrations(folder: string): Migration[] {
  const names = migrationNames(folder)
  return readMigrationFiles({ migrationsFolder: folder }).map(({ hash, folderMillis }, nth) => ({
    name: names[nth] ?? '',
    hash,
    at: folderMillis,
  }))
}

/** Exported for its test, which uses texts, times and counts that this release does not have. */
export function compareSchema(shipped: Migration[], applied: AppliedMigration[]): SchemaState {
  const { version } = thisRelease()
  const has = `The database has ${applied.length} of the ${shipped.length} migrations of this release (${version})`
  const different = shipped.findIndex(({ hash, at }, nth) => {
    const other = applied[nth]
    return other !== undefined && (other.hash !== hash || other.at !== at)
  })
  if (different >= 0) {
    return {
      kind: 'foreign',
      applied: applied.length,
      sentence: `The database's migrations are not those of this release (${version}): number ${different + 1} is another than ${shipped[different]?.name}. Start the release that made this database, or set DATABASE_URL to another.`,
    }
  }
  if (applied.length > shipped.length) {
    return {
      kind: 'ahead',
      applied: applied.length,
      sentence: `The database was migrated by a newer release: it has ${applied.length} migrations, and this release (${version}) knows ${shipped.length}. Start the newer release, or restore a backup from before.`,
    }
  }
  if (applied.length < shipped.length) {
    return {
      kind: 'behind',
      applied: applied.length,
      sentence: `${has}: restart this server, which applies the others.`,
    }
  }
  return { kind: 'current', applied: applied.length }
}

async function appliedMigrations(sql: Executor): Promise<AppliedMigration[]> {
  try {
    return await sql<AppliedMigration[]>`
      select hash, created_at as at from drizzle.__drizzle_migrations order by created_at, id`
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === undefinedTable) return []
    throw error
  }
}
