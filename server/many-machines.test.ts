import { createHash } from 'node:crypto'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { signRequest } from './access/server-signature'
import { eventually } from './testing/eventually'
import { followLog, hireAgent, isWhole, runThatIs, sh, wake } from './testing/scene'
import { endServers, startServer, type TestServer, urlOf } from './testing/server'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
afterAll(() => database.drop())

const env = { REVEILLE_LEASE_SEC: '2' }

/** A server that runs and one that shows, neither of which sees the other's folder: as on two machines. */
async function twoMachines() {
  const web = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'web' } })
  const runner = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'runner' } })
  await hideFolders()
  return { web, runner }
}

const hideFolders = () => database.sql`update servers set data_dir = '/another/machine', machine = id::text`

async function searched(server: TestServer, runId: string, text: string) {
  const lines: number[] = []
  await new Promise<void>((resolve, reject) => {
    server.client.run.searchLog.subscribe(
      { runId, text },
      {
        onData: ({ data }) => void lines.push(...data.hits.map((hit) => hit.line)),
        onComplete: resolve,
        onError: reject,
      },
    )
  })
  return lines
}

test('a run is followed from another machine while it goes on, and read there when it has ended', async () => {
  const { web } = await twoMachines()
  const script = 'i=0; while [ $i -lt 40000 ]; do i=$((i+1)); echo "line $i äöü €"; done; sleep 1; echo end >&2'
  const { agentId } = await hireAgent(web.client, sh(script))
  const runId = await wake(web.client, agentId)
  const log = followLog(web.client, runId)
  const second = followLog(web.client, runId, 1000)
  await eventually(() => log.text().includes('line 40000 '), 'the lines before the end')
  expect((await web.client.run.get.query({ runId })).status).toBe('running')
  const text = await log.done
  const run = await runThatIs(web.client, runId, 'succeeded')
  expect(createHash('sha256').update(text).digest('hex')).toBe(run.logSha256)
  expect([isWhole(log.entries), isWhole(second.entries, second.entries[0]?.offset)]).toEqual([true, true])
  expect(text.endsWith(await second.done)).toBe(true)

  const page = await web.client.run.logLines.query({ runId, at: { line: 20_000 }, lines: 2 })
  expect(page.entries.map((entry) => entry.chunk).join('')).toBe('line 20000 äöü €\nline 20001 äöü €\n')
  expect(await searched(web, runId, 'LINE 3999')).toEqual([3999, ...Array.from({ length: 10 }, (_, at) => 39_990 + at)])
  const download = await fetch(`${web.url}/api/runs/${runId}/log`, {
    headers: { authorization: `Bearer ${web.token}` },
  })
  expect(await download.text()).toBe(text)
})

test('the server that runs it dies: the viewer is told, and reads what was stored when it is back', async () => {
  const { web, runner } = await twoMachines()
  const program = sh('echo before; sleep 60; echo never')
  const { agentId } = await hireAgent(web.client, program, { retryOnRunnerLost: 0 })
  const runId = await wake(web.client, agentId)
  const log = followLog(web.client, runId)
  await eventually(() => log.entries.length === 1, 'the first line')
  await runner.kill9()
  await expect(log.done).rejects.toMatchObject({ data: { reason: 'unavailable' } })
  const run = await web.client.run.get.query({ runId })
  expect([run.status, run.errorCode]).toEqual(['failed', 'runner_lost'])
  await expect(web.client.run.log.query({ runId })).rejects.toMatchObject({ data: { reason: 'unavailable' } })

  await startServer({ databaseUrl, dataDir: runner.dataDir, env: { ...env, REVEILLE_ROLE: 'runner' } })
  await hideFolders()
  const { entries, done } = await web.client.run.log.query({ runId })
  expect([entries.map((entry) => entry.chunk).join(''), done]).toEqual(['before\n', true])
  expect(await followLog(web.client, runId).done).toBe('before\n')
  await eventually(async () => (await web.client.run.get.query({ runId })).logBytes === 7, 'the length of the log')
})

test('only servers with the same key are told anything', async () => {
  const { runner } = await twoMachines()
  const path = '/internal/logs/info'
  const body = JSON.stringify({ storeId: 'x', runId: crypto.randomUUID() })
  const ask = async (authorization: string, given = body) =>
    (await fetch(runner.url + path, { method: 'POST', body: given, headers: { authorization } })).status
  const key = Buffer.alloc(32, 'tests')
  const signed = signRequest(key, path, body)
  expect(await ask(signed)).toBe(404)
  expect(await ask(signed, body.replace('x', 'y'))).toBe(401)
  expect(await ask(signRequest(Buffer.alloc(32, 'other'), path, body))).toBe(401)
  expect(await ask(signRequest(key, '/internal/logs/read', body))).toBe(401)
  expect(await ask(signRequest(key, path, body, Date.now() - 120_000))).toBe(401)
  expect(await ask(`Bearer ${runner.token}`)).toBe(401)
})
