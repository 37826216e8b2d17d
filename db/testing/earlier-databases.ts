import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { inject } from 'vitest'
import { openClient, type SocketConnection } from '@/db/connection'
import { openMigratorClient } from '@/db/drizzle'
import { packageRoot } from '@/db/package-root'
import { migrationNames, migrationsFolder } from '@/db/release'

/** A database of an earlier release with the newest migration `newest`, and rows of that time. */
export type EarlierDatabase = { length: number; newest: string; connection: SocketConnection }

const rowsFolder = join(packageRoot(), 'db', 'testing', 'rows')

/**
 * One database for each length that the journal of migrations ever had, including today's. The rows of `rows/NAME.sql` are
 * inserted after the migration NAME, and migrated by all that follow.
 */
export async function createEarlierDatabases(prefix: string): Promise<EarlierDatabase[]> {
  const template = inject('templateDatabase')
  const growing = { ...template, database: `${prefix}_growing` }
  await onServer((sql) => sql`create database ${sql(growing.database)}`)
  const databases: EarlierDatabase[] = []
  for (const [nth, newest] of migrationNames(migrationsFolder).entries()) {
    const connection = { ...template, database: `${prefix}_${nth + 1}` }
    await advance(growing, nth + 1, newest)
    await onServer((sql) => sql`create database ${sql(connection.database)} template ${sql(growing.database)}`)
    databases.push({ length: nth + 1, newest, connection })
  }
  await dropDatabases([growing])
  return databases
}

/** The migrations that have rows. */
export function rowFiles(): string[] {
  return readdirSync(rowsFolder).map((name) => name.replace(/\.sql$/, ''))
}

/** A copy that a test may change, so that a retry starts from the same state. */
export async function copyDatabase(connection: SocketConnection): Promise<SocketConnection> {
  const copy = { ...connection, database: `${connection.database}_${randomUUID().slice(0, 8)}` }
  await onServer((sql) => sql`create database ${sql(copy.database)} template ${sql(connection.database)}`)
  return copy
}

export async function dropDatabases(connections: SocketConnection[]): Promise<void> {
  await onServer(async (sql) => {
    for (const { database } of connections) await sql`drop database if exists ${sql(database)} with (force)`
  })
}

/** Migrates with Drizzle alone and the journal at that length, without the server's own code. */
async function advance(connection: SocketConnection, length: number, newest: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-journal-'))
  const { db, client } = openMigratorClient(connection, { max: 1, applicationName: 'test', statementTimeoutMs: 0 })
  try {
    cpSync(migrationsFolder, folder, { recursive: true })
    const path = join(folder, 'meta', '_journal.json')
    const journal: { entries: unknown[] } = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, length) }))
    await applyMigrations(db, { migrationsFolder: folder })
    const rows = join(rowsFolder, `${newest}.sql`)
    if (existsSync(rows)) await client.unsafe(readFileSync(rows, 'utf8'))
  } finally {
    await client.end({ timeout: 5 })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onServer(work: (sql: ReturnType<typeof openClient>) => PromiseLike<unknown>): Promise<void> {
  const server = { ...inject('templateDatabase'), database: 'postgres' }
  const sql = openClient(server, { max: 1, applicationName: 'test databases', statementTimeoutMs: 0 })
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
