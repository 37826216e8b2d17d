import { once } from 'node:events'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestDatabase } from '@/db/testing/database'
import { routePermissions } from '@/server/identity/access/permissions'
import { setSecret } from '@/server/secrets/secrets'
import { agent, secretKey, system, wake } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { type Known, valuesOf } from '@/tests/fuzz/from-schema'
import { hostileValue, jsonOf, replaced } from '@/tests/fuzz/hostile'
import { brokenInvariants } from '@/tests/invariants'
import { signedInPerson } from '@/tests/people'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'
import { appRouter } from './app-router'

const database = await createTestDatabase()
const { sql } = database
const planted = 'planted-secret-value-4711'
let server: TestServer
let tried = 0
beforeAll(async () => {
  // Nothing is executed: what a program does with hostile input is not tested.
  const env = { REVEILLE_ROLE: 'web', REVEILLE_SECRET_KEY: secretKey.toString('base64') }
  server = await startServer({ databaseUrl: urlOf(database.connection), env })
})
afterAll(async () => {
  console.log(`${tried} hostile inputs were tried`)
  expect(server.output().stderr).not.toMatch(/"level":60|an error that nothing caught/)
  await endServers()
  await database.drop()
})

type Procedure = { _def: { type: string; inputs?: unknown[] } }
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
const withInput = procedures.filter(([, { _def }]) => (_def.inputs ?? []).length > 0)
const runs = Number(process.env.REVEILLE_FUZZ_RUNS ?? 40)

/** A company with one row of every kind, and a signed-in person for calls about the caller. */
async function scene() {
  const { id: agentId, companyId } = await agent(sql)
  const { run } = await wake(sql, agentId)
  await setSecret(sql, system, secretKey, { companyId, name: 'NAME', value: planted })
  const { cookie } = await signedInPerson(sql, { companyId, role: 'owner' })
  return { known: { companyId, agentId, runId: run?.id } as Known, cookie }
}

/** The number of rows in each table that a call may add to. */
async function counts() {
  const [row] = await sql`
    select (select count(*) from companies) as companies, (select count(*) from agents) as agents,
      (select count(*) from agent_runtime_state) as states, (select count(*) from company_secrets) as secrets,
      (select count(*) from agent_api_keys) as keys, (select count(*) from agent_wakeup_requests) as wakeups,
      (select count(*) from heartbeat_runs) as runs, (select count(*) from memberships) as members,
      (select count(*) from people) as people, (select count(*) from cost_events) as costs,
      (select count(*) from activity_log) as activity`
  return row
}

const leak =
  /\b(select|insert into|update) [\w".]+|PostgresError|DrizzleQuery|node_modules|\/server\/|\.[cm]?[jt]s:\d+|at \w+ \(/i

async function send(path: string, init: RequestInit) {
  tried++
  const answer = await fetch(server.url + path, {
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
    ...init,
  }).catch((error) => {
    throw new Error(`${path} with ${String(init.body).slice(0, 100)}: ${error.cause ?? error}`)
  })
  const body = await answer.text()
  expect([path, init.body?.toString().slice(0, 300), answer.status, body.slice(0, 300)]).toSatisfy(
    () => answer.status < 500,
  )
  expect(body).not.toContain(planted)
  expect(body).not.toContain(server.token)
  // A successful answer may contain the text that was sent.
  if (answer.status >= 400) expect(body.replaceAll(/"path":"[^"]*"/g, '')).not.toMatch(leak)
  return answer.status
}

describe.each(withInput.filter(([, { _def }]) => _def.type !== 'subscription'))('%s', (path, { _def }) => {
  test('accepts or refuses any input, completely or not at all', async () => {
    const { known, cookie } = await scene()
    const isPersonal = path.startsWith('account.')
    const headers = {
      'content-type': 'application/json',
      ...(isPersonal ? { cookie } : { authorization: `Bearer ${server.token}` }),
    }
    const input = fc.tuple(
      valuesOf(_def.inputs?.[0], known),
      fc.array(fc.tuple(fc.nat(), hostileValue), { maxLength: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(input, async ([value, attacks]) => {
        const body = jsonOf(attacks.reduce<unknown>((inner, [pick, by]) => replaced(inner, pick, by), value))
        if (_def.type === 'query') {
          const query = encodeURIComponent(Buffer.from(body).toString('utf8'))
          // Only as much is sent as fits into a URL.
          if (query.length < 12_000) await send(`/api/trpc/${path}?input=${query}`, { headers })
          return
        }
        const before = await counts()
        const status = await send(`/api/trpc/${path}`, { method: 'POST', headers, body })
        // A refusal that stores a receipt answers 409.
        if (status >= 400 && status !== 409) expect(await counts()).toEqual(before)
      }),
      { numRuns: runs, endOnFailure: true },
    )
    expect(await brokenInvariants(sql, { mayFinish: true })).toEqual([])
  })
})

test('no input has changed Object.prototype', () => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('plain routes accept or refuse any input', async () => {
  const { known } = await scene()
  const authorization = `Bearer ${server.token}`
  const segments = [
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%',
    '%E0%A4%A',
    '@/server/compose/main',
    'x'.repeat(5000),
    '%ff',
    "'",
    '__proto__',
    '*',
  ]
  for (const route of Object.keys(routePermissions)) {
    const [method = '', pattern = ''] = route.split(' ')
    const paths = segments.map((segment) => pattern.replace(/\{\w+\}/g, segment))
    const real = pattern.replace(/\{(\w+)\}/g, (_whole, name) => String(known[name]))
    for (const path of [...paths, `${real}?stream=x&format=%00&offset=-1&since=never`, `${real}/../../x`]) {
      const isPost = method === 'POST'
      for (const body of isPost
        ? ['', '{', 'null', '[]', '"x"', '\u0000', jsonOf({ raw: 2 }), jsonOf({ payload: { raw: 7 } })]
        : [undefined]) {
        for (const type of isPost
          ? ['application/json', 'text/plain', 'multipart/form-data', 'application/json; charset=utf-16']
          : ['']) {
          await send(path, {
            method,
            body,
            headers: { authorization, 'content-type': type, 'idempotency-key': 'é\u00ff' },
          })
        }
      }
    }
  }
})

test('pages accept or refuse any address', async () => {
  const paths = [
    '/%',
    '/%00',
    '/%E0%A4%A',
    '/..%2f..%2fetc/passwd',
    '/_next/static/..%2f..%2f..%2fpackage.json',
    '/_next/image?url=http://169.254.169.254/',
    '/_next/data/x/y.json',
    '/sign-in?token=%00',
    '/sign-in?token[]=1&error=__proto__',
    '/__proto__',
    `/${'a/'.repeat(2000)}`,
    '/.env',
    '/.git/config',
    '/dist/server.mjs',
    '/.reveille/secret.key',
  ]
  for (const path of paths) {
    const answer = await fetch(server.url + path, { redirect: 'manual' })
    tried++
    expect([path, answer.status]).toSatisfy(() => answer.status < 500)
    expect(await answer.text()).not.toMatch(/root:x:|"devDependencies"|\[core\]/)
  }
})

test('a socket accepts or refuses any message, and other sockets continue', async () => {
  const { known } = await scene()
  const address = `${server.url.replace('http', 'ws')}/api/trpc?connectionParams=1`
  const hello = JSON.stringify({ method: 'connectionParams', data: { token: server.token } })
  const subscriptions = procedures.filter(([, { _def }]) => _def.type === 'subscription')
  const message = fc.oneof(
    fc
      .tuple(fc.constantFrom(...subscriptions), fc.nat(), hostileValue)
      .chain(([[path, { _def }], pick, by]) =>
        valuesOf(_def.inputs?.[0], known).map((value) =>
          jsonOf({ id: 1, method: 'subscription', params: { path, input: replaced(value, pick, by) } }),
        ),
      ),
    fc
      .tuple(fc.nat(), hostileValue)
      .map(([pick, by]) =>
        jsonOf(
          replaced(
            { id: 1, jsonrpc: '2.0', method: 'subscription', params: { path: 'run.onLog', input: known } },
            pick,
            by,
          ),
        ),
      ),
    fc.constantFrom(
      '',
      'PING',
      'PONG',
      '{',
      '[]',
      'null',
      '[null]',
      '\u0000',
      jsonOf({ raw: 2 }),
      JSON.stringify({ method: 'connectionParams', data: 1 }),
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 5, maxLength: 20 }), async (messages) => {
      const socket = new WebSocket(address)
      let said = ''
      socket.on('message', (data) => (said += data))
      socket.on('error', () => {})
      await once(socket, 'open')
      socket.send(hello)
      for (const text of messages) {
        tried++
        if (socket.readyState === socket.OPEN) socket.send(text)
      }
      socket.send('PING')
      await eventually(() => said.includes('PONG') || socket.readyState >= socket.CLOSING, 'an answer of the socket')
      expect(said).not.toContain(planted)
      expect(said.replaceAll(/"path":"[^"]*"/g, '')).not.toMatch(leak)
      socket.terminate()
    }),
    { numRuns: runs, endOnFailure: true },
  )
  const binary = new WebSocket(address)
  await once(binary, 'open')
  binary.send(Buffer.alloc(2_000_000, 1))
  const [code] = await once(binary, 'close')
  expect(code).toBe(1009)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
})
