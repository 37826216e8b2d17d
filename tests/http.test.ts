import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { fixtureCommand } from '@/server/processes/fixtures/run-fixture'
import { wake as wakeUntold } from './engine'
import { eventually } from './eventually'
import { giveUpLog, keptThoughGivenUp } from './given-up'
import { hireAgent, runThatIs, sh, wake } from './scene'
import { endServers, newDataDir, startServer, type TestServer, urlOf } from './server'

const database = await createTestDatabase()
let server: TestServer
beforeAll(async () => {
  const dataDir = newDataDir()
  await giveUpLog(database.sql, dataDir)
  const env = { REVEILLE_MAX_RUNS: '4' }
  server = await startServer({ databaseUrl: urlOf(database.connection), dataDir, env })
})
afterAll(async () => {
  await endServers()
  await database.drop()
})

function call(path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${server.token}`, ...init.headers }
  return fetch(server.url + path, { redirect: 'manual', ...init, headers })
}

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return call(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

test('health, readiness and metrics answer without a token on loopback', async () => {
  const answers = await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => fetch(server.url + path)))
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
  const metrics = await answers[2]?.text()
  expect(metrics).toMatch(/^reveille_runs\{status="queued"\} 0$/m)
  expect(metrics).toMatch(/^reveille_servers 1$/m)
})

// Before any other run: the end of one is a reason to look for the next.
test('a run that nobody tells the runner of is found all the same', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  const { run } = await wakeUntold(database.sql, agentId)
  await runThatIs(server.client, run?.id ?? '', 'succeeded')
})

test('a wakeup by POST: 201 for a new one, 200 for what is there already, 409 for another wish under its key', async () => {
  const { agentId } = await hireAgent(server.client, sh('sleep 300'), { whenRunning: 'coalesce' })
  const path = `/api/agents/${agentId}/wakeups`
  const key = { 'idempotency-key': 'order 7' }
  const first = await post(path, { reason: 'An order', payload: { order: 7, of: 'tea' } }, key)
  const made = await first.json()
  expect([first.status, made.outcome, made.wakeup.triggerDetail]).toEqual([201, 'queued', 'ping'])
  const again = await post(path, { payload: { of: 'tea', order: 7 }, reason: 'An order' }, key)
  expect([again.status, (await again.json()).outcome]).toEqual([200, 'deduplicated'])
  const other = await post(path, { reason: 'Another order' }, key)
  expect([other.status, (await other.json()).error.reason]).toEqual([409, 'idempotency_conflict'])
  await runThatIs(server.client, made.run.id, 'running')
  const joined = await post(path, {})
  expect([joined.status, (await joined.json()).outcome]).toEqual([200, 'coalesced'])
  await server.client.agent.pause.mutate({ agentId })
  const refused = await post(path, {})
  expect([refused.status, (await refused.json()).error.reason]).toEqual([409, 'agent.paused'])
  await runThatIs(server.client, made.run.id, 'cancelled')
})

test('a key in the header is held to what one in the body is: none that is empty, none of more than 200 characters', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  const keyed = (key: string) => post(`/api/agents/${agentId}/wakeups`, {}, { 'idempotency-key': key })
  for (const key of ['', '   ', 'k'.repeat(201)]) {
    const refused = await keyed(key)
    expect([refused.status, (await refused.json()).error]).toMatchObject([
      400,
      { reason: 'invalid_input', path: 'Idempotency-Key', message: expect.stringMatching(/^Idempotency-Key: /) },
    ])
  }
  expect((await keyed('k'.repeat(200))).status).toBe(201)
})

test('bad input names its field; unknown ids are not found; what is not there is a 404', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  const bad = await post(`/api/agents/${agentId}/wakeups`, { source: 'whim' })
  expect([bad.status, (await bad.json()).error]).toMatchObject([400, { reason: 'invalid_input', path: 'source' }])
  const broken = await call(`/api/agents/${agentId}/wakeups`, { method: 'POST', body: '{' })
  expect(broken.status).toBe(400)
  for (const id of [randomUUID(), 'nonsense']) {
    expect((await post(`/api/agents/${id}/wakeups`, {})).status).toBe(404)
    expect((await call(`/api/runs/${id}/log`)).status).toBe(404)
  }
  expect((await call('/api/nothing')).status).toBe(404)
  expect((await call('/nothing')).status).toBe(404)
  for (const runId of [randomUUID(), '11111111-1111-1111-1111-111111111111']) {
    await expect(server.client.run.get.query({ runId })).rejects.toMatchObject({
      data: { code: 'NOT_FOUND', reason: 'not_found' },
    })
  }
})

test('what the database says of a call that fails in it stays in the log, whichever way the call came', async () => {
  const { client } = server
  const { agentId } = await hireAgent(client, sh('true'))
  const runId = await wake(client, agentId)
  await runThatIs(client, runId, 'succeeded')
  const message = 'Something went wrong in the server; its log says what.'
  const error = (thrown: unknown) => thrown
  await database.sql`alter table heartbeat_run_events rename to elsewhere`
  try {
    const told = await Promise.all([
      client.run.events.query({ runId }).catch(error),
      client.wakeup.create.mutate({ agentId }).catch(error),
      new Promise((resolve) =>
        client.run.onEvent.subscribe({ runId }, { onError: resolve, onComplete: () => resolve(null) }),
      ),
    ])
    for (const answer of told) expect(answer).toMatchObject({ message, data: { httpStatus: 500, reason: 'internal' } })
    const asked = await call(`/api/trpc/run.events?input=${encodeURIComponent(JSON.stringify({ runId }))}`)
    const sent = [await asked.text(), await (await post('/api/trpc/wakeup.create', { agentId })).text()]
    for (const text of sent) expect(text).not.toMatch(/elsewhere|heartbeat_run|relation|42P01|\.[cm]?[jt]s/)
    const plain = await post(`/api/agents/${agentId}/wakeups`, {})
    expect([plain.status, await plain.json()]).toEqual([500, { error: { reason: 'internal', message } }])
  } finally {
    await database.sql`alter table elsewhere rename to heartbeat_run_events`
  }
  expect(server.output().stderr).toContain('relation \\"heartbeat_run_events\\" does not exist')
})

test('no token, and a token that is not good, are 401 everywhere: an invalid one never falls open', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  const runId = await wake(server.client, agentId)
  const paths = ['/api/trpc/company.list', `/api/runs/${runId}/log`, `/api/agents/${agentId}/wakeups`]
  for (const authorization of [undefined, 'Bearer wrong', 'Bearer', 'Basic abc', `Bearer ${server.token}x`]) {
    const headers: HeadersInit = authorization === undefined ? {} : { authorization }
    for (const path of paths) {
      const method = path.endsWith('wakeups') ? 'POST' : 'GET'
      expect([path, (await fetch(server.url + path, { method, headers })).status]).toEqual([path, 401])
    }
  }
})

test('a request that a page of another site sends is refused', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  const answer = await post(`/api/agents/${agentId}/wakeups`, {}, { origin: 'https://elsewhere.example' })
  expect(answer.status).toBe(403)
})

test('the log as a download: all of it, one stream of it, and its entries', async () => {
  const { agentId } = await hireAgent(server.client, fixtureCommand('chatty.mjs', '500'))
  const runId = await wake(server.client, agentId)
  const run = await runThatIs(server.client, runId, 'succeeded')
  const text = await (await call(`/api/runs/${runId}/log`)).text()
  expect(Buffer.byteLength(text)).toBe(run.logBytes)
  expect(createHash('sha256').update(text).digest('hex')).toBe(run.logSha256)
  const numbers = Array.from({ length: 500 }, (_line, at) => at + 1)
  const expected = (isErr: boolean) =>
    numbers
      .filter((number) => (number % 10 === 0) === isErr)
      .map((number) => `line ${number}\n`)
      .join('')
  expect(await (await call(`/api/runs/${runId}/log?stream=stderr`)).text()).toBe(expected(true))
  expect(await (await call(`/api/runs/${runId}/log?stream=stdout`)).text()).toBe(expected(false))
  const lines = (await (await call(`/api/runs/${runId}/log?format=ndjson`)).text()).trim().split('\n')
  const entries: { offset: number; chunk: string }[] = lines.map((line) => JSON.parse(line))
  expect(entries.map((entry) => entry.chunk).join('')).toBe(text)
})

test('retention goes on by itself: a log that was given up is removed', async () => {
  await eventually(async () => (await keptThoughGivenUp(database.sql)) === 0, 'the log is removed')
})

test('a child has the environment of the contract and nothing else of the server', async () => {
  const given = { FLAVOUR: 'mint', REVEILLE_URL: 'http://elsewhere.example', REVEILLE_RUN_ID: 'another' }
  const program = { ...fixtureCommand('environment.mjs'), env: given }
  const { agentId, companyId } = await hireAgent(server.client, program)
  const runId = await wake(server.client, agentId, { reason: 'To see.' })
  await runThatIs(server.client, runId, 'succeeded')
  const { env } = await (await call(`/api/runs/${runId}/log`)).json()
  const fixed = ['PATH', 'HOME', 'USER', 'SHELL', 'LANG', 'TERM', 'TMPDIR']
  expect(Object.keys(env)).toEqual(expect.arrayContaining(fixed))
  const own = Object.keys(env).filter((name) => !fixed.includes(name))
  expect(own.sort()).toEqual([
    'FLAVOUR',
    'REVEILLE_AGENT_ID',
    'REVEILLE_API_KEY',
    'REVEILLE_API_URL',
    'REVEILLE_COMPANY_ID',
    'REVEILLE_CONTEXT_FILE',
    'REVEILLE_RESULT_FILE',
    'REVEILLE_RUN_ID',
    'REVEILLE_URL',
    'REVEILLE_WAKE_REASON',
    'REVEILLE_WAKE_SOURCE',
  ])
  expect(env).toMatchObject({
    FLAVOUR: 'mint',
    REVEILLE_RUN_ID: runId,
    REVEILLE_AGENT_ID: agentId,
    REVEILLE_COMPANY_ID: companyId,
    REVEILLE_API_URL: server.url,
    REVEILLE_WAKE_SOURCE: 'on_demand',
    REVEILLE_WAKE_REASON: 'To see.',
  })
})

test('a run wakes an agent with its own token, which is good only while it runs', async () => {
  const script = `
    const path = process.env.REVEILLE_API_URL + '/api/agents/' + process.env.REVEILLE_AGENT_ID + '/wakeups'
    const headers = { authorization: 'Bearer ' + process.env.REVEILLE_API_KEY }
    const answer = await fetch(path, { method: 'POST', headers, body: '{"reason":"More to do"}' })
    console.log(answer.status, (await answer.json()).wakeup.triggerDetail, process.env.REVEILLE_API_KEY)`
  const program = { command: process.execPath, args: ['--input-type=module', '-e', script] }
  const { agentId } = await hireAgent(server.client, program, { wakeOnOnDemand: true })
  const runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId, 'succeeded')
  await server.client.agent.pause.mutate({ agentId })
  const [status, trigger, token] = (await (await call(`/api/runs/${runId}/log`)).text()).trim().split(' ')
  expect([status, trigger]).toEqual(['201', 'callback'])
  const late = await fetch(`${server.url}/api/agents/${agentId}/wakeups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(late.status).toBe(401)
})
