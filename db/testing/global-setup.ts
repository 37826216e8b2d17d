import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openClient, type SocketConnection } from '@/db/connection'
import { startEmbedded } from '@/db/embedded/start'
import { migrate } from '@/db/migrate'

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated database that test databases are cloned from. */
    templateDatabase: SocketConnection
  }
}

const silent = { info: () => {}, error: () => {} }

/** One cluster per test run, thrown away at its end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'reveille-test-'))
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const embedded = await startEmbedded({ dataDir, log: silent, settings })
  const teardown = async () => {
    await embedded.stop()
    rmSync(dataDir, { recursive: true, force: true })
    rmSync(embedded.connection.directory, { recursive: true, force: true })
  }
  try {
    project.provide('templateDatabase', await makeTemplate(embedded.connection))
  } catch (error) {
    // vitest calls no teardown where setup throws.
    await teardown()
    throw error
  }
  return teardown
}

async function makeTemplate(connection: SocketConnection) {
  const sql = openClient(connection, { max: 1, applicationName: 'test setup' })
  await sql`create database template_reveille`.finally(() => sql.end())
  const template = { ...connection, database: 'template_reveille' }
  await migrate(template)
  return template
}
