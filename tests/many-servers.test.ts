import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { clear } from './engine'
import { eventually } from './eventually'
import { followLog, hireAgent, isWhole, runThatIs, sh, wake } from './scene'
import { endServers, startServer, urlOf } from './server'

const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(async () => {
  await endServers()
  await clear(database.sql)
})
afterAll(() => database.drop())

test('two servers share the work: woken on one, runs on both, seen and cancelled from either', async () => {
  const env = { REVEILLE_MAX_RUNS: '1' }
  const [one, two] = await Promise.all([startServer({ databaseUrl, env }), startServer({ databaseUrl, env })])
  const script = sh('i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.05; done')
  const first = await hireAgent(one.client, script)
  const second = await hireAgent(one.client, script)
  const runs = [await wake(one.client, first.agentId), await wake(one.client, second.agentId)]
  for (const runId of runs) await runThatIs(two.client, runId, 'running')
  const held = await database.sql<{ workerId: string }[]>`
    select distinct server_id from heartbeat_runs where id in ${database.sql(runs)}`
  expect(held).toHaveLength(2)
  const { servers, queue } = await two.client.system.status.query()
  expect(servers.map((server) => server.running)).toEqual([1, 1])
  expect(queue).toMatchObject({ queued: 0, running: 2 })

  for (const runId of runs) {
    const logs = [followLog(one.client, runId), followLog(two.client, runId)]
    for (const log of logs) await eventually(() => log.entries.length > 5, 'lines from either')
    await two.client.run.cancel.mutate({ runId, reason: 'Seen enough.' })
    const run = await runThatIs(one.client, runId, 'cancelled')
    expect(run.error).toBe('Seen enough.')
    const texts = await Promise.all(logs.map((log) => log.done))
    expect(texts[0]).toBe(texts[1])
    expect(logs.every((log) => isWhole(log.entries))).toBe(true)
    expect(Buffer.byteLength(texts[0] ?? '')).toBe(run.logBytes)
  }
})

test('role web runs nothing, and role runner serves nothing but its health', async () => {
  const web = await startServer({ databaseUrl, env: { REVEILLE_ROLE: 'web' } })
  const { agentId } = await hireAgent(web.client, sh('echo hi'))
  const runId = await wake(web.client, agentId)
  const log = followLog(web.client, runId)
  const status = await web.client.system.status.query()
  expect(status.servers.map((server) => [server.role, server.maxRuns])).toEqual([['web', 0]])
  expect((await web.client.run.get.query({ runId })).status).toBe('queued')

  const runner = await startServer({ databaseUrl, env: { REVEILLE_ROLE: 'runner' } })
  expect(await log.done).toBe('hi\n')
  expect(runner.output().stdout).toBe(`reveille ready ${runner.url}\n`)
  const answers = await Promise.all(
    ['/healthz', '/readyz', '/metrics', '/', '/api/trpc/company.list'].map((path) =>
      fetch(runner.url + path, { headers: { authorization: `Bearer ${runner.token}` } }),
    ),
  )
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 404, 404])
  expect((await web.client.system.status.query()).servers.map((server) => server.role).sort()).toEqual([
    'runner',
    'web',
  ])
  expect(await runner.stop()).toEqual({ code: 0, signal: null })
  expect((await web.client.system.status.query()).servers.map((server) => server.role)).toEqual(['web'])
})
