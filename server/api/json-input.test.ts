import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestDatabase } from '@/db/testing/database'
import { hireAgent, sh } from '@/tests/scene'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
let server: TestServer
let agentId = ''
let companyId = ''
beforeAll(async () => {
  // Nothing is executed: the wakeups stay.
  server = await startServer({ databaseUrl: urlOf(database.connection), env: { REVEILLE_ROLE: 'web' } })
  const hired = await hireAgent(server.client, sh('true'))
  agentId = hired.agentId
  companyId = hired.companyId
})
afterAll(async () => {
  await endServers()
  await database.drop()
})

type Said = { ok: boolean; data?: { outcome: string; wakeup: { payload: unknown } }; path?: unknown; message?: string }

async function send(path: string, body: string | undefined, headers: Record<string, string | Buffer> = {}) {
  const sent = httpRequest(server.url + path, { method: body === undefined ? 'GET' : 'POST', agent: false })
  sent.setHeader('authorization', `Bearer ${server.token}`)
  if (body !== undefined) sent.setHeader('content-type', 'application/json')
  // Node writes headers as Latin-1: these bytes go out as they are.
  for (const [name, value] of Object.entries(headers)) sent.setHeader(name, Buffer.from(value).toString('latin1'))
  const answered = once(sent, 'response')
  sent.end(body === undefined ? undefined : Buffer.from(body))
  const [response] = (await answered) as [IncomingMessage]
  let text = ''
  for await (const part of response) text += part
  return { status: response.statusCode, connection: response.headers.connection, text }
}

async function bySocket(message: string): Promise<string> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/trpc?connectionParams=1`)
  await once(socket, 'open')
  socket.send(`\ufeff${JSON.stringify({ method: 'connectionParams', data: { token: server.token } })}`)
  socket.send(message)
  const [data] = await once(socket, 'message')
  socket.terminate()
  return String(data)
}

function said(text: string): Said {
  const { result, error, outcome, wakeup } = JSON.parse(text)
  if (outcome) return { ok: true, data: { outcome, wakeup } }
  if (result) return { ok: true, data: result.data }
  return { ok: false, path: error.path ?? error.data?.path, message: error.message }
}

/** A wakeup with these fields, as JSON text after `{`, by each way there is. */
const ways: Record<string, (fields: string, mark?: string) => Promise<Said>> = {
  REST: async (fields, mark = '') => said((await send(`/api/agents/${agentId}/wakeups`, `${mark}{${fields}}`)).text),
  'tRPC over HTTP': async (fields, mark = '') =>
    said((await send('/api/trpc/wakeup.create', `${mark}{"agentId":"${agentId}",${fields}}`)).text),
  'tRPC in a batch': async (fields, mark = '') => {
    const body = `${mark}{"0":{"agentId":"${agentId}",${fields}}}`
    return said(JSON.stringify(JSON.parse((await send('/api/trpc/wakeup.create?batch=1', body)).text)[0]))
  },
  'tRPC over a socket': async (fields, mark = '') => {
    const input = `{"agentId":"${agentId}",${fields}}`
    return said(
      await bySocket(`${mark}{"id":7,"method":"mutation","params":{"input":${input},"path":"wakeup.create"}}`),
    )
  },
}

describe.each(Object.entries(ways))('a wakeup by %s', (_way, wake) => {
  test('may begin with a byte order mark', async () => {
    expect(await wake('"reason":"marked"', '\ufeff')).toMatchObject({
      ok: true,
      data: { wakeup: { reason: 'marked' } },
    })
  })

  test('is refused with the name of an unknown field', async () => {
    for (const field of ['reson', '__proto__', 'constructor']) {
      expect(await wake(`"${field}":1`)).toEqual({
        ok: false,
        path: field,
        message: `${field}: there is no such field`,
      })
    }
  })

  test('stores every key of its payload, and marks text that cannot be stored', async () => {
    const answer = await wake(
      String.raw`"payload":{"__proto__":{"a":1},"constructor":"b\u0000","\ud800":["\udc00",-0]}`,
    )
    expect(JSON.stringify(answer.data?.wakeup.payload)).toBe(
      '{"\ufffd":["\ufffd",0],"__proto__":{"a":1},"constructor":"b\ufffd"}',
    )
  })

  test('is refused if it is too deep or too large, or contains an infinite number', async () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    const nested = expect.stringMatching(/nested more than 64 levels/)
    expect(await wake(`"payload":${deep(64)}`)).toMatchObject({ ok: true })
    expect(await wake(`"payload":${deep(65)}`)).toEqual({ ok: false, path: 'payload', message: nested })
    expect(await wake(`"payload":${deep(300_000)}`)).toMatchObject({ ok: false, message: nested })
    const many = expect.stringMatching(/more than 100000 keys and values/)
    expect(await wake(`"payload":[${Array(150_000).fill('[]')}]`)).toMatchObject({ ok: false, message: many })
    expect(await wake('"payload":[1,1e999]')).toMatchObject({ ok: false, path: 'payload.1' })
  })
})

test('a query may begin with a byte order mark, and has the same limit of depth', async () => {
  const ask = (input: string) => send(`/api/trpc/agent.get?input=${encodeURIComponent(input)}`, undefined)
  expect((await ask(`\ufeff{"agentId":"${agentId}"}`)).status).toBe(200)
  const deep = await send(`/api/trpc/agent.get?input=${'['.repeat(12_000)}`, undefined)
  expect([deep.status, said(deep.text).message]).toEqual([400, expect.stringMatching(/nested more than 64/)])
  const unknown = await ask(`{"agentId":"${agentId}","agentID":1}`)
  expect([unknown.status, said(unknown.text).path]).toEqual([400, 'agentID'])
})

test('an idempotency key is the same by header and by tRPC, in any language', async () => {
  for (const key of ['größe 7', '注文 7', '🚀 7']) {
    const path = `/api/agents/${agentId}/wakeups`
    const byHeader = await send(path, '{"source":"on_demand"}', { 'idempotency-key': Buffer.from(key) })
    const wakeup = JSON.parse(byHeader.text).wakeup
    expect(wakeup.idempotencyKey).toBe(key)
    const again = await server.client.wakeup.create.mutate({ agentId, idempotencyKey: key })
    expect([again.outcome, again.wakeup.id]).toEqual(['deduplicated', wakeup.id])
  }
})

test('text that a configuration cannot store is refused with its path', async () => {
  const create = async (config: string) => {
    const body = `{"companyId":"${companyId}","name":"Ada","adapterType":"http","adapterConfig":{"url":"http://127.0.0.1/",${config}}}`
    return said((await send('/api/trpc/agent.create', body)).text).path
  }
  expect(await create(String.raw`"payloadTemplate":{"a":["\u0000"]}`)).toBe('adapterConfig.payloadTemplate.a.0')
  expect(await create(String.raw`"headers":{"x-a":"\ud83d"}`)).toBe('adapterConfig.headers.x-a')
  expect(await create('"payloadTemplate":{"a":{"__proto__":1}}')).toBe('adapterConfig.payloadTemplate.a.__proto__')
  expect(await create(`"headers":{${Array.from({ length: 1001 }, (_h, at) => `"x-${at}":""`)}}`)).toBe(
    'adapterConfig.headers',
  )
})

test('a body that is too large is refused by every route', async () => {
  const body = `{"reason":"${'x'.repeat(6_000_000)}"}`
  for (const path of [
    `/api/agents/${agentId}/wakeups`,
    '/api/trpc/wakeup.create',
    '/api/trpc/run.get',
    '/api/sign-in',
  ]) {
    for (let time = 0; time < 5; time++) {
      const answer = await send(path, body)
      expect([path, answer.status, answer.connection, said(answer.text).message]).toEqual([
        path,
        413,
        'close',
        expect.stringMatching(/^The body must have at most \d+ bytes\.$/),
      ])
    }
  }
})

/** Seconds of processor time that the web server has used. */
function usedSec(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const rows = (piece: string, count: number) => `[${Array(count).fill(piece)}]`
const keys = (count: number, value: string) => `{${Array.from({ length: count }, (_k, at) => `"k${at}":${value}`)}}`
const shapes: Record<string, string> = {
  'one text': `"${'x'.repeat(1_000_000)}"`,
  'a text of escapes': `"${'\\u0000'.repeat(166_000)}"`,
  'many arrays': rows('[]', 340_000),
  'many small objects': rows('{"a":0}', 125_000),
  'many numbers': rows('0', 500_000),
  'numbers with many zeros': rows('1.5e300', 90_000),
  'the most numbers that are allowed': rows('0', 99_000),
  'the most keys that are allowed': keys(49_000, '0'),
  'one key repeated': `{${Array(49_000).fill('"k":0')}}`,
  'the most arrays that are allowed, at the greatest depth': rows('['.repeat(60) + ']'.repeat(60), 800),
  depth: '['.repeat(500_000) + ']'.repeat(500_000),
  'the greatest depth, repeated': rows('['.repeat(60) + ']'.repeat(60), 8000),
}

test.each(Object.entries(shapes))('a body of a megabyte takes little processor time: %s', async (_what, value) => {
  const before = usedSec()
  const answers = [
    await send(`/api/agents/${agentId}/wakeups`, `{"payload":${value}}`),
    await send('/api/trpc/agent.create', `{"companyId":"${companyId}","adapterConfig":{"env":${value}}}`),
  ]
  expect(answers.map(({ status }) => status)).toSatisfy((all: number[]) => all.every((status) => status < 500))
  // 0.3 s each on a machine of today; some are slower.
  expect(usedSec() - before).toBeLessThan(1.2)
})

test('agent.update accepts the whole answer of agent.get, and no unknown field', async () => {
  const { client } = server
  const { agentId } = await hireAgent(client, { command: 'true', env: { API_TOKEN: 'a-secret-value' } })
  const before = await client.agent.get.query({ agentId })
  const after = await client.agent.update.mutate({ agentId, ...before })
  expect({ ...after, updatedAt: null }).toEqual({ ...before, updatedAt: null })
  const misspelt: object = { agentId, nmae: 'Ada' }
  await expect(client.agent.update.mutate(misspelt as { agentId: string })).rejects.toThrow('nmae')
})
