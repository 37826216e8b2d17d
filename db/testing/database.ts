import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { connect, type Database } from '@/db/client'
import { openClient, type SocketConnection } from '@/db/connection'

export type TestDatabase = Database & { connection: SocketConnection; drop(): Promise<void> }

/**
 * A migrated, empty database for one test file, cloned from the template of the test run.
 * `const database = await createTestDatabase()` at the top of the file, `afterAll(() => database.drop())`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = inject('templateDatabase')
  const connection = { ...template, database: `test_${randomUUID().replaceAll('-', '')}` }
  await withServer((sql) => sql`create database ${sql(connection.database)} template ${sql(template.database)}`)
  const database = connect(connection, { max: 5, applicationName: 'test' })
  return {
    ...database,
    connection,
    drop: async () => {
      await database.close()
      await withServer((sql) => sql`drop database if exists ${sql(connection.database)} with (force)`)
    },
  }
}

async function withServer(work: (sql: ReturnType<typeof openClient>) => PromiseLike<unknown>): Promise<void> {
  const server = { ...inject('templateDatabase'), database: 'postgres' }
  const sql = openClient(server, { max: 1, applicationName: 'test databases', statementTimeoutMs: 0 })
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
