import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@/db/testing/database'
import { poolSizes } from '@/server/platform/database'
import { eventually } from './eventually'
import { hireAgent, runThatIs, sh, wake } from './scene'
import { endServers, launchServer, newDataDir, startServer, urlOf } from './server'

const databases: TestDatabase[] = []
let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
  databases.push(database)
})
afterEach(endServers)
afterAll(() => Promise.all(databases.map((one) => one.drop())))

async function setDefault(setting: string, value: string) {
  await database.sql.unsafe(`alter database ${database.connection.database} set ${setting} = ${value}`)
}

test('whatever the database sets by default, concurrent wakeups are all answered and times are told', async () => {
  await setDefault('default_transaction_isolation', "'serializable'")
  await setDefault('datestyle', "'German, DMY'")
  await setDefault('search_path', "'elsewhere'")
  await setDefault('timezone', "'Asia/Kolkata'")
  await setDefault('bytea_output', "'escape'")
  const { client } = await startServer({ databaseUrl: urlOf(database.connection) })
  const agents = await Promise.all(Array.from({ length: 4 }, () => hireAgent(client, sh('printf "\\342\\202\\254"'))))
  const wakeups = agents.flatMap(({ agentId }) =>
    Array.from({ length: 25 }, () => client.wakeup.create.mutate({ agentId })),
  )
  const outcomes = (await Promise.all(wakeups)).map(({ outcome }) => outcome)
  expect(outcomes.filter((outcome) => outcome !== 'queued' && outcome !== 'coalesced')).toEqual([])
  const runId = await wake(client, agents[0]?.agentId ?? '')
  const { createdAt, startedAt, finishedAt } = await runThatIs(client, runId, 'succeeded')
  const instant = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/
  for (const time of [createdAt, startedAt, finishedAt]) expect(String(time)).toMatch(instant)
})

test('/readyz says that the database has become read-only, and that it is not any more', async () => {
  const { url, client } = await startServer({ databaseUrl: urlOf(database.connection) })
  const ready = async () => {
    const answer = await fetch(`${url}/readyz`)
    return [answer.status, (await answer.json()).reason]
  }
  expect(await ready()).toEqual([200, undefined])
  await setDefault('default_transaction_read_only', 'on')
  expect(await ready()).toEqual([503, 'The database is read-only.'])
  await database.sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and application_name like 'reveille%'`
  expect(await ready()).toEqual([503, 'The database is read-only.'])
  const refused = await client.company.create.mutate({ name: 'Acme' }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ data: { reason: 'unavailable' }, message: expect.stringMatching(/read-only/) })
  await database.sql`set default_transaction_read_only = off`
  await setDefault('default_transaction_read_only', 'off')
  await database.sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and application_name like 'reveille%'`
  await eventually(async () => (await ready())[0] === 200, 'ready again')
  await eventually(() => client.company.create.mutate({ name: 'Acme' }).catch(() => null), 'it writes again')
})

test('a start on a read-only database is one sentence, without SQL and without a stack', async () => {
  await setDefault('default_transaction_read_only', 'on')
  const { exited, output } = await launchServer({ databaseUrl: urlOf(database.connection), dataDir: newDataDir() })
  expect(await exited).toEqual({ code: 1, signal: null })
  expect(output().stderr).toMatch(/^reveille: The database "test_\w+" is read-only .*\n$/)
})

test('a server takes no more connections than it may', async () => {
  const connections = 16
  const databaseUrl = urlOf(database.connection)
  const { client } = await startServer({ databaseUrl, env: { REVEILLE_DATABASE_CONNECTIONS: String(connections) } })
  const { agentId, companyId } = await hireAgent(client, sh('true'))
  let most = 0
  for (let round = 0; round < 5; round++) {
    const calls = Array.from({ length: 40 }, (_one, at) => [
      client.wakeup.create.mutate({ agentId, reason: `${round}/${at}` }),
      client.run.list.query({ companyId }),
      client.agent.list.query({ companyId }),
    ]).flat()
    await Promise.all(calls)
    const [row] = await database.sql<[{ sessions: number }]>`
      select count(*)::int as sessions from pg_stat_activity
      where datname = current_database() and application_name like 'reveille%'`
    most = Math.max(most, row.sessions)
  }
  expect(most).toBeGreaterThan(8)
  expect(most).toBeLessThanOrEqual(connections)
})

test('the parts of a server’s connections add up to no more than the whole', () => {
  for (let connections = 12; connections <= 1000; connections++) {
    const { pool, runner } = poolSizes(connections)
    expect(pool).toBeGreaterThanOrEqual(2)
    expect(pool + runner + 4).toBeLessThanOrEqual(connections)
  }
  expect(poolSizes(42)).toEqual({ pool: 25, runner: 12 })
})
