import { afterAll, afterEach, expect, test } from 'vitest'
import { thisRelease } from '@/db/release'
import { createTestDatabase } from '@/db/testing/database'
import { eventually } from './eventually'
import { followLog, hireAgent, sh, wake } from './scene'
import { endServers, launchServer, newDataDir, startServer, type TestServer, urlOf } from './server'

const { version, schema } = thisRelease()
const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
afterAll(() => database.drop())

async function ask(server: Pick<TestServer, 'url'>, path: string) {
  const response = await fetch(server.url + path, { headers: { connection: 'close' } })
  return [response.status, await response.json()]
}

const insertNewer = () =>
  database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of tomorrow', 9e12)`
const removeNewer = () => database.sql`delete from drizzle.__drizzle_migrations where hash = 'of tomorrow'`
const ahead = `The database was migrated by a newer release: it has ${schema.migrations + 1} migrations, and this release (${version}) knows ${schema.migrations}. Start the newer release, or restore a backup from before.`

test('a server on a database of a newer release says so in one sentence and ends with 1', async () => {
  await insertNewer()
  const { exited, output } = await launchServer({ databaseUrl, dataDir: newDataDir() })
  expect(await exited).toEqual({ code: 1, signal: null })
  expect(output()).toEqual({ stdout: '', stderr: `reveille: ${ahead}\n` })
  await removeNewer()
})

test.each(['web', 'runner'])(
  'a running server of role %s is not ready while its database is of another release',
  async (role) => {
    const server = await startServer({ databaseUrl, env: { REVEILLE_ROLE: role } })
    expect(await ask(server, '/readyz')).toEqual([200, { ready: true }])
    await insertNewer()
    expect(await ask(server, '/readyz')).toEqual([503, { ready: false, reason: ahead }])
    expect(await ask(server, '/healthz')).toEqual([200, { ok: true, version, schema }])
    await removeNewer()
    const [last] = await database.sql<[{ id: number; hash: string; createdAt: number }]>`
    delete from drizzle.__drizzle_migrations
    where created_at = (select max(created_at) from drizzle.__drizzle_migrations) returning *`
    const reason = `The database has ${schema.migrations - 1} of the ${schema.migrations} migrations of this release (${version}): restart this server, which applies the others.`
    expect(await ask(server, '/readyz')).toEqual([503, { ready: false, reason }])
    if (role === 'web') {
      const status = await server.client.system.status.query()
      expect(status).toMatchObject({ version, schema: { ...schema, applied: schema.migrations - 1, state: 'behind' } })
    }
    await database.sql`insert into drizzle.__drizzle_migrations ${database.sql({ id: last.id, hash: last.hash, created_at: last.createdAt })}`
    expect(await ask(server, '/readyz')).toEqual([200, { ready: true }])
  },
)

test.each(['all', 'runner'])('a server of role %s is not ready while it stops, but healthy', async (role) => {
  const web = role === 'all' ? null : await startServer({ databaseUrl, env: { REVEILLE_ROLE: 'web' } })
  const server = await startServer({ databaseUrl, env: { REVEILLE_ROLE: role, REVEILLE_DRAIN_SEC: '60' } })
  const { client } = web ?? server
  const { agentId } = await hireAgent(client, sh('echo up; exec sleep 300'))
  const runId = await wake(client, agentId)
  const log = followLog(client, runId)
  await eventually(() => log.text() === 'up\n', 'it runs')
  server.signal('SIGTERM')
  const stopping = [503, { ready: false, reason: 'The server is stopping: it takes no new runs.' }]
  await eventually(
    async () => JSON.stringify(await ask(server, '/readyz')) === JSON.stringify(stopping),
    'it is not ready',
  )
  expect(await ask(server, '/healthz')).toEqual([200, { ok: true, version, schema }])
  server.signal('SIGTERM')
  expect(await server.exited).toMatchObject({ code: 0 })
})
