import { appendFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { SocketConnection } from '@/db/connection'
import { packageRoot } from '@/db/package-root'
import { thisRelease } from '@/db/release'
import { copyDatabase, createEarlierDatabases, dropDatabases } from '@/db/testing/earlier-databases'
import { logFolder } from '@/server/logs/local-files'
import { followLog, retryOf, runThatIs, wake } from './scene'
import { endServers, newDataDir, startServer, type TestServer, urlOf } from './server'

const release = thisRelease()
const earlier = await createEarlierDatabases('upgraded_server')
afterEach(endServers)
const copies: SocketConnection[] = []
afterAll(() => dropDatabases([...copies, ...earlier.map((database) => database.connection)]))

const companyId = 'c0000000-0000-4000-8000-000000000001'
const agentId = (nth: number) => `a0000000-0000-4000-8000-00000000000${nth}`
const runId = (nth: number) => `d0000000-0000-4000-8000-00000000000${nth}`
/** The newest migration when records of a log's index grew from 16 to 22 bytes. */
const lastOfShortRecords = '0005_agent-bounds-and-activity'

test.each(earlier)(
  'a server starts on a database with $length migrations, up to $newest, and goes on',
  async (database) => {
    const dataDir = newDataDir()
    const copy = await copyDatabase(database.connection)
    copies.push(copy)
    const format = database.newest <= lastOfShortRecords ? 'index-of-16' : 'index-of-22'
    putLog(dataDir, runId(1), `${format}/short`)
    putLog(dataDir, runId(4), `${format}/unended`)
    // The run was under way when its server died: half a record was written.
    appendFileSync(join(logFolder(dataDir, runId(4)), 'index'), Buffer.alloc(7, 1))
    const server = await startServer({ dataDir, databaseUrl: urlOf(copy) })

    expect(await answer(server, '/readyz')).toEqual([200, { ready: true }])
    expect(await answer(server, '/healthz')).toEqual([200, { ok: true, ...release }])
    const { version, schema } = await server.client.system.status.query()
    expect(version).toBe(release.version)
    expect(schema).toEqual({ ...release.schema, applied: release.schema.migrations, state: 'current' })
    await expectOldRows(server)
    expect(await download(server, runId(1))).toEqual([200, 'old words\n'])

    await runThatIs(server.client, runId(3), 'succeeded')
    expect(await runThatIs(server.client, runId(4), 'failed')).toMatchObject({ errorCode: 'runner_lost' })
    expect(await download(server, runId(4))).toEqual([200, `${'x'.repeat(99)}\nno newline at the end`])
    const retry = await retryOf(server.client, companyId, runId(4))
    await runThatIs(server.client, retry.id, 'succeeded')
    const fresh = await wake(server.client, agentId(1), { reason: 'after the upgrade' })
    expect(await followLog(server.client, fresh).done).toBe('hello\n')
    await runThatIs(server.client, fresh, 'succeeded')
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  },
)

function putLog(dataDir: string, id: string, fixture: string): void {
  const source = join(packageRoot(), 'server', 'logs', 'fixtures', 'earlier', fixture)
  mkdirSync(logFolder(dataDir, id), { recursive: true })
  cpSync(source, logFolder(dataDir, id), { recursive: true })
}

async function download(server: TestServer, id: string) {
  const headers = { authorization: `Bearer ${server.token}`, connection: 'close' }
  const response = await fetch(`${server.url}/api/runs/${id}/log`, { headers })
  return [response.status, await response.text()]
}

async function answer(server: TestServer, path: string) {
  const response = await fetch(server.url + path, { headers: { connection: 'close' } })
  return [response.status, await response.json()]
}

/** Through everything that a screen of the console asks. */
async function expectOldRows({ client }: TestServer): Promise<void> {
  const companies = await client.company.list.query({})
  expect(companies.items.map((company) => company.name).sort()).toEqual(['Acme', 'Former'])
  const agents = await client.agent.list.query({ companyId })
  expect(agents.items.map((agent) => agent.name).sort()).toEqual(['Echo', 'Lost', 'Nightly', 'Paused', 'Waiting'])
  const runs = await client.run.list.query({ companyId })
  expect(runs.items.map((run) => run.id)).toEqual(expect.arrayContaining([1, 2, 3, 4].map(runId)))
  const run = await client.run.get.query({ runId: runId(1) })
  expect(run).toMatchObject({ status: 'succeeded', contextSnapshot: { ticket: 7 }, resultJson: { summary: 'done' } })
  expect((await client.run.events.query({ runId: runId(1) })).items).toHaveLength(3)
  expect((await client.run.log.query({ runId: runId(1), limitBytes: 1000 })).entries).toMatchObject([
    { chunk: 'old words\n' },
  ])
  expect((await client.run.logLines.query({ runId: runId(1), at: { line: 1 } })).totalLines).toBe(1)
  const wakeups = await client.wakeup.list.query({ companyId })
  expect(wakeups.items.map((wakeup) => wakeup.reason)).toEqual(expect.arrayContaining(['the first', 'waits']))
  const activity = await client.activity.list.query({ companyId })
  expect(activity.items.map((entry) => entry.action)).toContain('agent.create')
  expect((await client.agent.runtimeState.query({ agentId: agentId(1) }))?.sessionId).toBe('session-of-old')
  expect((await client.agent.keys.query({ agentId: agentId(1) })).items).toMatchObject([{ name: 'ci' }])
  await Promise.all([
    client.cost.summary.query({ companyId, groupBy: 'agent' }),
    client.board.get.query({ companyId }),
    client.secret.list.query({ companyId }),
    client.member.list.query({ companyId }),
    client.notification.list.query({ companyId }),
    client.notification.settings.query({ companyId }),
  ])
}
