import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agent, secretKey, wake } from '@/tests/engine'
import { valuesOf } from '@/tests/fuzz/from-schema'
import { everyPlace, jsonWith, textFaults } from '@/tests/fuzz/text-faults'
import { brokenInvariants } from '@/tests/invariants'
import { signedInPerson } from '@/tests/people'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'
import { appRouter } from './app-router'

/** Not by chance, as in `hostile-input.test.ts`: every fault of JSON text at every position of every input. */
const database = await createTestDatabase()
const { sql } = database
let server: TestServer
let known: Record<string, unknown> = {}
let cookie = ''
let tried = 0
beforeAll(async () => {
  const env = { REVEILLE_ROLE: 'web', REVEILLE_SECRET_KEY: secretKey.toString('base64') }
  server = await startServer({ databaseUrl: urlOf(database.connection), env })
  const { id: agentId, companyId } = await agent(sql)
  const { run } = await wake(sql, agentId)
  known = { companyId, agentId, runId: run?.id }
  cookie = (await signedInPerson(sql, { companyId, role: 'owner' })).cookie
})
afterAll(async () => {
  console.log(`${tried} faults were sent`)
  await endServers()
  await database.drop()
})

type Procedure = { _def: { type: 'query' | 'mutation' | 'subscription'; inputs?: unknown[] } }
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).filter(
  ([, { _def }]) => _def.type !== 'subscription' && (_def.inputs ?? []).length > 0,
)

async function send(path: string, body: string, isQuery: boolean) {
  tried++
  const url = `${server.url}${path}${isQuery ? `?input=${encodeURIComponent(body)}` : ''}`
  const credential: Record<string, string> = path.includes('/account.')
    ? { cookie }
    : { authorization: `Bearer ${server.token}` }
  const headers = { 'content-type': 'application/json', ...credential }
  const init = isQuery ? { headers } : { method: 'POST', headers, body }
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000), ...init })
  const text = await answer.text()
  return { status: answer.status, text: text.slice(0, 300) }
}

describe.each(procedures)('%s', (path, { _def }) => {
  const [sample] = fc.sample(valuesOf(_def.inputs?.[0], { companyId: 0, agentId: 0, runId: 0 }), {
    numRuns: 1,
    seed: 7,
  })

  test('accepts or refuses every fault of text, without an internal error', async () => {
    const input = { ...(sample as object), ...known }
    const isQuery = _def.type === 'query'
    for (const place of everyPlace(sample)) {
      for (const [fault, text] of Object.entries(textFaults)) {
        // Refused before it is parsed, at any position; too long for a URL.
        if (text.length > 10_000 && (isQuery || place.length > 0)) continue
        const { status, text: answer } = await send(`/api/trpc/${path}`, jsonWith(input, place, text), isQuery)
        expect([place.join('.'), fault, status, answer]).toSatisfy(() => status < 500)
      }
    }
    const marked = await send(`/api/trpc/${path}`, `\ufeff${JSON.stringify(input)}`, isQuery)
    expect([marked.status, marked.text]).toSatisfy(() => marked.status < 500 && !/not valid JSON/.test(marked.text))
    const strange = await send(`/api/trpc/${path}`, JSON.stringify({ ...known, noSuchField: 1 }), isQuery)
    expect(strange.status).toBe(400)
  })
})

const routes = {
  'POST /api/agents/{agentId}/wakeups': {
    reason: 'x',
    payload: { a: ['b'] },
    contextSnapshot: { c: 'd' },
    idempotencyKey: 'e',
  },
  'POST /api/runs/{runId}/result': { summary: 'x', result: { a: 'b' }, usage: { inputTokens: 1 }, model: 'm' },
  'POST /api/sign-in': { email: 'a@example.com', password: 'a password of the tests' },
  'POST /api/invitation': { token: 'x' },
  'POST /api/invitation/accept': { token: 'x', name: 'Ada', password: 'a password of the tests' },
}

test.each(Object.entries(routes))('%s accepts or refuses every fault of text', async (route, input) => {
  const path = (route.split(' ')[1] ?? '').replace(/\{(\w+)\}/g, (_whole, name) => String(known[name]))
  for (const place of everyPlace(input)) {
    for (const [fault, text] of Object.entries(textFaults)) {
      const { status, text: answer } = await send(path, jsonWith(input, place, text), false)
      expect([place.join('.'), fault, status, answer]).toSatisfy(() => status < 500)
    }
  }
  expect((await send(path, `\ufeff${JSON.stringify(input)}`, false)).text).not.toMatch(/not JSON/)
})

test('the export of the activity accepts or refuses every fault in its address', async () => {
  const path = `/api/companies/${known.companyId}/activity`
  for (const query of ['?actorId=%00', '?action=a%00b', '?__proto__=x', '?sinc=2026-01-01T00:00:00Z']) {
    const answer = await fetch(server.url + path + query, { headers: { authorization: `Bearer ${server.token}` } })
    expect([query, answer.status]).toEqual([query, 400])
  }
})

test('all input that was accepted was stored well', async () => {
  expect(await brokenInvariants(sql, { mayFinish: true })).toEqual([])
})
