import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { appRouter } from '@/server/api/routers/app-router'
import { bearerOf } from '@/server/identity/access/authenticate'
import { agent, company } from '@/tests/engine'
import { knownFields } from '@/tests/rights/known-fields'
import { testServices } from '@/tests/services'
import type { Context } from './context'
import { createTrpcHandler } from './http-handler'

const database = await createTestDatabase()
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-trpc-'))
const services = testServices(database, dataDir)
const settings = { router: appRouter, maxBodySize: 1000, allowBatching: true, maxBatchSize: 3 }
const context = (authorization: string | undefined): Context => ({
  services,
  socket: null,
  actor: async () => (bearerOf(authorization) ? { kind: 'operator_token', scope: null } : null),
})
const closers: (() => void)[] = []
afterAll(async () => {
  for (const close of closers) close()
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/trpc/`
}

let companyId = ''
let ours = ''
let theirs = ''
beforeAll(async () => {
  companyId = await company(database.sql)
  const handler = createTrpcHandler({
    ...settings,
    createContext: ({ headers }) => context(headers.authorization),
  })
  ours = await listen((request, response) => handler(request, response, new URL(request.url ?? '', 'http://localhost')))
  const createContext = ({ req }: { req: { headers: { authorization?: string } } }) =>
    context(req.headers.authorization)
  theirs = await listen(createHTTPHandler({ ...settings, basePath: '/api/trpc/', createContext }))
})

const json = { 'content-type': 'application/json', authorization: 'Bearer x' }
const nobody = { 'content-type': 'application/json' }
type Call = { path?: string; method?: string; headers?: Record<string, string>; body?: string | null }

async function send(base: string, { path = 'notification.setRule', method = 'POST', headers = json, body }: Call) {
  const response = await fetch(base + path, { method, headers, body: body ?? null })
  const { status } = response
  const [type, vary] = ['content-type', 'vary'].map((name) => response.headers.get(name))
  return { status, type, vary, text: await response.text() }
}

const rule = () => ({ companyId, kind: 'run_failed', toBrowser: true, toWebhook: false })

const calls: Record<string, { status: number; call(): Call }> = {
  'a mutation': { status: 200, call: () => ({ body: JSON.stringify(rule()) }) },
  'one with a charset': {
    status: 200,
    call: () => ({
      body: JSON.stringify(rule()),
      headers: { ...json, 'content-type': 'application/json; charset=utf-8' },
    }),
  },
  'one in a batch': {
    status: 200,
    call: () => ({ path: 'notification.setRule?batch=1', body: JSON.stringify({ 0: rule() }) }),
  },
  'a query': { status: 200, call: () => ({ path: 'adapter.list', method: 'GET' }) },
  'a batch of two': {
    status: 200,
    call: () => ({
      path: 'notification.setRule,notification.setRule?batch=1',
      body: JSON.stringify({ 0: rule(), 1: rule() }),
    }),
  },
  'a mutation whose answer is to be streamed': {
    status: 200,
    call: () => ({
      path: 'notification.setRule?batch=1',
      body: JSON.stringify({ 0: rule() }),
      headers: { ...json, 'trpc-accept': 'application/jsonl' },
    }),
  },
  'nobody’s mutation': {
    status: 401,
    call: () => ({ body: JSON.stringify(rule()), headers: nobody }),
  },
  'a mutation that does not exist': {
    status: 404,
    call: () => ({ body: JSON.stringify({ ...rule(), companyId: '00000000-0000-4000-8000-000000000000' }) }),
  },
  'nobody’s mutation without JSON': { status: 401, call: () => ({ body: '{oops', headers: nobody }) },
  'bad input': { status: 400, call: () => ({ body: JSON.stringify({ ...rule(), kind: 'moon' }) }) },
  'bad input in a batch': {
    status: 400,
    call: () => ({ path: 'notification.setRule?batch=1', body: JSON.stringify({ 0: { companyId: 7 } }) }),
  },
  'a batch that is a list': { status: 400, call: () => ({ path: 'notification.setRule?batch=1', body: '[1]' }) },
  'a batch that is null': { status: 400, call: () => ({ path: 'notification.setRule?batch=1', body: 'null' }) },
  'no JSON': { status: 400, call: () => ({ body: '{oops' }) },
  'an empty body': { status: 400, call: () => ({ body: '' }) },
  'another kind of body': {
    status: 400,
    call: () => ({ body: 'x', headers: { ...json, 'content-type': 'text/plain' } }),
  },
  'no procedure': { status: 404, call: () => ({ path: 'moon.land', body: '{}' }) },
  'a property of every object': { status: 404, call: () => ({ path: 'constructor', body: '{}' }) },
  'a mutation by GET': { status: 400, call: () => ({ method: 'GET' }) },
  'a query by POST': { status: 400, call: () => ({ path: 'adapter.list', body: '{}' }) },
}

test.each(Object.entries(calls))(
  '%s is answered to the byte as without our checks',
  async (_what, { status, call }) => {
    const answer = await send(ours, call())
    expect(answer).toEqual(await send(theirs, call()))
    expect(answer.status).toBe(status)
  },
)

test('a refusal for size names the limit', async () => {
  const answer = await send(ours, { body: JSON.stringify({ ...rule(), kind: 'x'.repeat(2000) }) })
  expect(answer.status).toBe(413)
  expect(JSON.parse(answer.text).error).toMatchObject({
    message: 'The body must have at most 1000 bytes.',
    data: { code: 'PAYLOAD_TOO_LARGE', reason: 'too_large', path: 'notification.setRule' },
  })
})

test('a failing mutation is executed once', async () => {
  const { id: agentId } = await agent(database.sql)
  await database.sql`update agents set status = 'paused' where id = ${agentId}`
  const answer = await send(ours, { path: 'wakeup.create', body: JSON.stringify({ agentId }) })
  expect(answer.status).toBe(409)
  expect(JSON.parse(answer.text).error.data).toMatchObject({ reason: 'agent.paused' })
  const receipts = await database.sql`select from agent_wakeup_requests where agent_id = ${agentId}`
  expect(receipts).toHaveLength(1)
})

test('a mutation without an input needs no body, and is executed once with any body', async () => {
  const before = await database.sql`select from companies`
  for (const body of [null, '{oops']) {
    expect((await send(ours, { path: 'company.createExample', body })).status).toBe(200)
  }
  expect(await database.sql`select from companies`).toHaveLength(before.length + 2)
  const failed = await send(ours, { path: 'account.signOutEverywhere', body: '{oops' })
  expect(failed.status).toBe(403)
})

test('every list accepts the direction that infinite queries send', () => {
  type Listed = { _def: { inputs?: unknown[] } }
  const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Listed>)
  const fieldsOf = ({ _def }: Listed) => knownFields(_def.inputs, { cursor: true, direction: true })
  const lists = procedures.filter(([, procedure]) => 'cursor' in fieldsOf(procedure))
  expect(lists.length).toBeGreaterThan(8)
  expect(lists.filter(([, procedure]) => !('direction' in fieldsOf(procedure)))).toEqual([])
})
