import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { eventually } from '@/tests/eventually'
import { runThatIs, wake } from '@/tests/scene'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'

/** The adapters in a real server: what they need of it, and the charges that it records. */
const database = await createTestDatabase()
type Body = { runId: string; callbackUrl: string; token: string }
const asked: Body[] = []
const asynchronous = createServer((request, response) => {
  let text = ''
  request.on('data', (part) => (text += part))
  request.on('end', () => {
    asked.push(JSON.parse(text))
    response.writeHead(202).end('accepted\n')
  })
})
let server: TestServer
let agentUrl = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => asynchronous.listen(0, '127.0.0.1', resolve))
  agentUrl = `http://127.0.0.1:${(asynchronous.address() as AddressInfo).port}`
  server = await startServer({ databaseUrl: urlOf(database.connection) })
})
afterAll(async () => {
  asynchronous.close()
  await endServers()
  await database.drop()
})

async function hire(adapterType: string, adapterConfig: Record<string, unknown>) {
  const company = await server.client.company.create.mutate({ name: `Company ${crypto.randomUUID()}` })
  const agent = await server.client.agent.create.mutate({
    companyId: company.id,
    name: 'Ada',
    adapterType,
    adapterConfig,
  })
  return { companyId: company.id, agentId: agent.id }
}

const answerTo = (runId: string) => eventually(() => asked.find((body) => body.runId === runId), 'the agent is asked')

function post(url: string, token: string | null, body: unknown) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

test('a callback run continues until its result is posted with its own token, once', async () => {
  const { agentId } = await hire('http', { url: agentUrl, mode: 'callback' })
  const runId = await wake(server.client, agentId)
  const { callbackUrl, token } = await answerTo(runId)
  expect(callbackUrl).toBe(`${server.url}/api/runs/${runId}/result`)
  expect((await server.client.run.get.query({ runId })).status).toBe('running')
  expect((await post(callbackUrl, null, {})).status).toBe(401)
  expect((await post(callbackUrl, server.token, {})).status).toBe(403)
  expect((await post(callbackUrl, `${token.slice(0, -2)}xx`, {})).status).toBe(401)
  const report = {
    summary: 'Done.',
    usage: { inputTokens: 7, outputTokens: 2 },
    costUsd: 0.5,
    provider: 'p',
    model: 'm',
  }
  expect((await post(callbackUrl, token, report)).status).toBe(200)
  const run = await runThatIs(server.client, runId, 'succeeded')
  expect(run.resultJson).toMatchObject({ summary: 'Done.' })
  expect((await post(callbackUrl, token, report)).status).toBe(401)
  const { items } = await server.client.run.events.query({ runId })
  expect(items.find((event) => event.eventType === 'usage')).toMatchObject({
    message: 'Used 7 tokens in, 2 out with m: $0.50.',
    payload: { model: 'm', inputTokens: 7, costMicros: 500_000 },
  })
  const [log] = (await server.client.run.log.query({ runId })).entries
  expect(log?.chunk).toBe('accepted\n')
  const state = await server.client.agent.runtimeState.query({ agentId })
  expect(state).toMatchObject({ totalInputTokens: 7, totalOutputTokens: 2, totalCostMicros: 500_000 })
})

test('a callback run can be cancelled; its result is then refused', async () => {
  const { agentId } = await hire('http', { url: agentUrl, mode: 'callback' })
  const runId = await wake(server.client, agentId)
  const { callbackUrl, token } = await answerTo(runId)
  await server.client.run.cancel.mutate({ runId, reason: 'No need.' })
  expect((await runThatIs(server.client, runId, 'cancelled')).error).toBe('No need.')
  expect((await post(callbackUrl, token, {})).status).toBe(401)
})

const program = fileURLToPath(new URL('testing/fixtures/replaying.mjs', import.meta.url))
const recording = (path: string) => fileURLToPath(new URL(`${path}.jsonl`, import.meta.url))

test('Claude Code resumes its session, and is charged by model with its cost', async () => {
  const env = {
    REPLAY: recording('claude-local/fixtures/recorded/text'),
    REPLAY_RESUMED: recording('claude-local/fixtures/recorded/resumed'),
  }
  const { agentId, companyId } = await hire('claude_local', { command: program, env })
  const first = await runThatIs(server.client, await wake(server.client, agentId), 'succeeded')
  expect(first.sessionIdBefore).toBeNull()
  expect(first.sessionIdAfter).toMatch(/^[0-9a-f-]{36}$/)
  const second = await runThatIs(server.client, await wake(server.client, agentId), 'succeeded')
  expect(second.sessionIdBefore).toBe(first.sessionIdAfter)
  const events = await server.client.run.events.query({ runId: second.id })
  const invoked = events.items.find((event) => event.eventType === 'adapter.invoke')
  expect(invoked?.payload).toMatchObject({ args: expect.arrayContaining(['--resume', first.sessionIdAfter]) })
  const { items } = await server.client.cost.summary.query({ companyId, groupBy: 'agent' })
  expect(items).toMatchObject([{ inputTokens: 220, outputTokens: 40, cachedInputTokens: 2000, unpricedRuns: 0 }])
  expect(items[0]?.costMicros).toBe(2100)
})

test('Codex reports the total of its thread: each run is charged with its own part, without a price', async () => {
  const env = {
    REPLAY: recording('codex-local/fixtures/recorded/text'),
    REPLAY_RESUMED: recording('codex-local/fixtures/recorded/resumed'),
  }
  const { agentId, companyId } = await hire('codex_local', { command: program, env })
  await runThatIs(server.client, await wake(server.client, agentId), 'succeeded')
  const run = await runThatIs(server.client, await wake(server.client, agentId), 'succeeded')
  expect(run.usageJson).toMatchObject({ outputTokens: 20, sessionTotal: { outputTokens: 40 } })
  const { items } = await server.client.cost.summary.query({ companyId, groupBy: 'agent' })
  const tokens = { inputTokens: 200, outputTokens: 40, cachedInputTokens: 2000 }
  expect(items).toMatchObject([{ ...tokens, costMicros: 0, unpricedRuns: 2 }])
})
