import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openClient, type SocketConnection } from '@/db/connection'
import { startEmbedded } from '@/db/embedded/start'
import { migrate } from '@/db/migrate'
import { reachGivenServer } from './given-server'

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated database that test databases are cloned from. */
    templateDatabase: SocketConnection
  }
}

const silent = { info: () => {}, error: () => {} }

/** One cluster per test run, deleted at its end; or the server of REVEILLE_TEST_DATABASE_URL, for one run at a time. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.REVEILLE_TEST_DATABASE_URL
  const server = given ? await reachGivenServer(given) : await startCluster()
  try {
    project.provide('templateDatabase', await makeTemplate(server.connection))
  } catch (error) {
    // vitest does not call teardown when setup throws.
    await server.stop()
    throw error
  }
  return server.stop
}

async function startCluster() {
  const dataDir = mkdtempSync(join(tmpdir(), 'reveille-test-'))
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const { connection, stop } = await startEmbedded({ dataDir, log: silent, settings })
  return {
    connection,
    async stop() {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
      rmSync(connection.directory, { recursive: true, force: true })
    },
  }
}

async function makeTemplate(connection: SocketConnection) {
  const sql = openClient(connection, { max: 1, applicationName: 'test setup' })
  try {
    // A given server may still have one from an earlier run.
    await sql`drop database if exists template_reveille with (force)`
    await sql`create database template_reveille`
  } finally {
    await sql.end()
  }
  const template = { ...connection, database: 'template_reveille' }
  await migrate(template)
  return template
}
