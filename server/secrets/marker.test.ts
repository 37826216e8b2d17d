import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { runToken } from '@/server/identity/access/run-token'
import { runThatIs, wake } from '@/tests/scene'
import { endServers, startServer, type TestServer, testSecretKey, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const { sql } = database
const teller = fileURLToPath(new URL('fixtures/teller.mjs', import.meta.url))
const marks = ['plain"Marker+7c1e/of~agents', 'stored\\Marker+93ab/of~people']
let server: TestServer
let endpoint: Server
let companyId = ''

beforeAll(async () => {
  server = await startServer({ databaseUrl: urlOf(database.connection), env: { LOG_LEVEL: 'trace' } })
  endpoint = createServer((request, response) => void echo(request, response)).listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  companyId = (await server.client.company.create.mutate({ name: 'Acme' })).id
  await server.client.secret.set.mutate({ companyId, name: 'STORED', value: marks[1] ?? '' })
})
afterAll(async () => {
  endpoint.closeAllConnections()
  endpoint.close()
  await endServers()
  await database.drop()
})

it('a secret that agents leak in every way, and the token of their run, are stored nowhere unsealed', async () => {
  const program = { command: teller, env: { API_KEY: marks[0], PLACE: { secret: 'STORED' } } }
  const address = (path: string) => `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/${path}`
  const asked = { headers: { 'X-Api-Key': marks[0], 'X-Other': { secret: 'STORED' } } }
  const runIds = [
    await runOf('process', program, 'succeeded'),
    await runOf('process', { ...program, args: ['--post'] }, 'succeeded'),
    await runOf('claude_local', program, 'failed'),
    await runOf('codex_local', program, 'failed'),
    await runOf('http', { ...asked, url: address('answer') }, 'succeeded'),
    await runOf('http', { ...asked, url: address('error') }, 'failed'),
    await runOf('http', { ...asked, url: address('later'), mode: 'callback' }, 'succeeded'),
  ]
  await server.stop()
  const everything = await whatIsKept()
  server = await startServer({
    databaseUrl: urlOf(database.connection),
    dataDir: server.dataDir,
    env: { LOG_LEVEL: 'trace' },
  })
  const places: Record<string, string> = { ...everything, ...(await whatIsAnswered(runIds)), ...server.output() }
  expect(Object.keys(places).length).toBeGreaterThan(50)
  // They did leak it, and the output was recorded.
  for (const runId of runIds) expect(places[`log of ${runId}`]).toContain('[redacted]')
  for (const runId of runIds) expect(places[`run of ${runId}`]).toContain('[redacted]')
  const posted = places[`log of ${runIds[1]}`]?.match(/posted to \S+ \d+/g)?.map((line) => line.slice(10))
  expect(posted).toEqual([
    '/api/trpc/cost.report 200',
    '/api/trpc/cost.report 200',
    '/api/trpc/cost.report 200',
    '/api/agents/me/wakeups 201',
    '/api/trpc/wakeup.create 200',
  ])
  const charges = await sql`select from cost_events where run_id = ${runIds[1] ?? ''} and model like '%[redacted]%'`
  expect(charges).toHaveLength(4)
  expect(places.wakeups).toContain('"reason":"[redacted] [redacted] [redacted]"')
  const tokens = runIds.map((runId) => runToken(Buffer.from(testSecretKey, 'base64'), runId))
  const forms = [...marks, ...tokens].flatMap(formsOf)
  const found = Object.entries(places).filter(([, text]) => forms.some((form) => text.includes(form)))
  expect(found.map(([place]) => place)).toEqual([])
})

async function runOf(adapterType: string, adapterConfig: Record<string, unknown>, status: 'succeeded' | 'failed') {
  const { client } = server
  const agent = await client.agent.create.mutate({ companyId, name: 'Ada', adapterType, adapterConfig })
  return (await runThatIs(client, await wake(client, agent.id), status)).id
}

/** Every row of every table, every file of the data directory, and the output of the server. */
async function whatIsKept(): Promise<Record<string, string>> {
  const places: Record<string, string> = { ...server.output() }
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`
  for (const { name } of tables) {
    const rows = await sql<{ row: string }[]>`select t::text || to_jsonb(t)::text as row from ${sql(name)} t`
    places[`table ${name}`] = rows.map(({ row }) => row).join('\n')
  }
  for (const entry of readdirSync(server.dataDir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) places[path] = readFileSync(path, 'utf8')
  }
  return places
}

async function whatIsAnswered(runIds: string[]): Promise<Record<string, string>> {
  const { client, url, token } = server
  const agents = await client.agent.list.query({ companyId })
  const answers: Record<string, unknown> = {
    agents,
    runs: await client.run.list.query({ companyId }),
    wakeups: await client.wakeup.list.query({ companyId }),
    secrets: await client.secret.list.query({ companyId }),
    costs: await client.cost.summary.query({ companyId, groupBy: 'model' }),
  }
  for (const { id: agentId } of agents.items) {
    answers[`agent ${agentId}`] = await client.agent.get.query({ agentId })
    answers[`session of ${agentId}`] = await client.agent.runtimeState.query({ agentId })
  }
  for (const runId of runIds) {
    answers[`run of ${runId}`] = await client.run.get.query({ runId })
    answers[`events of ${runId}`] = await client.run.events.query({ runId })
    answers[`log of ${runId}`] = await client.run.log.query({ runId })
    for (const query of ['', '?stream=stderr', '?format=ndjson']) {
      const headers = { authorization: `Bearer ${token}` }
      const download = await fetch(`${url}/api/runs/${runId}/log${query}`, { headers })
      answers[`download ${query} of ${runId}`] = await download.text()
    }
  }
  return Object.fromEntries(Object.entries(answers).map(([place, answer]) => [place, textOf(answer)]))
}

/** The text as it is, and unescaped from JSON. */
function textOf(answer: unknown): string {
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}

function formsOf(mark: string): string[] {
  const json = JSON.stringify(mark).slice(1, -1)
  const base64 = [mark, `user:${mark}`].map((text) => Buffer.from(text).toString('base64').slice(8, -4))
  return [mark, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(mark), ...base64]
}

/** An HTTP agent that answers with the secrets of its request. */
async function echo(request: IncomingMessage, response: ServerResponse) {
  const told = `${request.headers['x-api-key']} ${request.headers['x-other']}`
  const report = { summary: told, result: { told: [told] }, sessionId: told, provider: told, model: told }
  const usage = { inputTokens: 1, outputTokens: 1 }
  if (request.url === '/error') response.end(JSON.stringify({ error: told }))
  if (request.url === '/answer') response.end(JSON.stringify({ ...report, usage, costUsd: told }))
  if (request.url !== '/later') return
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
  response.end(`${told} ${body.token}`)
  await fetch(body.callbackUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${body.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...report, usage }),
  })
}
