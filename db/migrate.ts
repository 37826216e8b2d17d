import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { PlainError } from '@/server/domain/plain-error'
import { type Connection, openClient, type RawSql } from './connection'
import { packageRoot } from './package-root'

const migrationLock = 7_733_001
const oldestMajor = 15

/** Brings the database to this version's schema; servers that start together take turns. Fails with a PlainError. */
export async function migrate(connection: Connection): Promise<void> {
  const sql = openClient(
    connection,
    { max: 1, applicationName: 'reveille migrate', statementTimeoutMs: 0 },
    { max_lifetime: null },
  )
  try {
    await checkVersion(sql)
    await sql`select pg_advisory_lock(${migrationLock})`
    await applyMigrations(drizzle(sql), { migrationsFolder: join(packageRoot(), 'db', 'migrations') })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function checkVersion(sql: RawSql) {
  const [row] = await sql<{ server_version_num: string }[]>`show server_version_num`.catch(
    (error: Error & { code?: string }) => {
      throw new PlainError(`The database cannot be reached (${error.message || error.code}): check DATABASE_URL.`)
    },
  )
  const major = Math.floor(Number(row?.server_version_num) / 10_000)
  if (major < oldestMajor) {
    throw new PlainError(`The database is PostgreSQL ${major}, and Reveille needs ${oldestMajor} or newer.`)
  }
}
