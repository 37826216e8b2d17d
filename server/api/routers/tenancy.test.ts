import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { createTestDatabase } from '@/db/testing/database'
import { createCallerFactory } from '@/server/api/trpc/init'
import type { Role } from '@/server/domain/agent-status'
import { ApiError } from '@/server/domain/errors'
import type { Actor } from '@/server/identity/access/actor'
import { permissions } from '@/server/identity/access/permissions'
import { createTestClient } from '@/tests/client'
import { agent, claimOne, company, wake, worker } from '@/tests/engine'
import { knownFields } from '@/tests/rights/known-fields'
import { testServices } from '@/tests/services'
import { appRouter } from './app-router'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-tenancy-'))
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})

const services = testServices(database, dataDir)
const createCaller = createCallerFactory(appRouter)

type Ids = { companyId: string; agentId: string; runId: string; keyId: string; memberId: string }
let own: Ids
let foreign: Ids
let nowhere: Ids

async function tenant(): Promise<Ids> {
  const companyId = await company(sql)
  const { id: agentId } = await agent(sql, {}, { companyId })
  await wake(sql, agentId)
  const run = await claimOne(sql, await worker(sql))
  await sql`update servers set store_id = ${services.logs.stores.directory.storeId}`
  return { companyId, agentId, runId: run.id, keyId: crypto.randomUUID(), memberId: crypto.randomUUID() }
}

beforeAll(async () => {
  own = await tenant()
  foreign = await tenant()
  const id = () => crypto.randomUUID()
  nowhere = { companyId: id(), agentId: id(), runId: id(), keyId: id(), memberId: id() }
})

async function member(role: Role): Promise<Actor> {
  const [person] = await sql<[{ id: string }]>`insert into people (name) values (${role}) returning id`
  await sql`insert into memberships (company_id, person_id, role) values (${own.companyId}, ${person.id}, ${role})`
  return { kind: 'person', personId: person.id, name: role, isOwner: false, sessionId: null, scope: null }
}

/** An input that is valid for any procedure. */
function inputOf(path: string, ids: Ids): Record<string, unknown> | undefined {
  const config = { adapterType: 'process', adapterConfig: { command: 'true' } }
  const words = { provider: 'acme', model: 'tiny', inputTokens: 1, outputTokens: 1, idempotencyKey: 'k' }
  const rule = { kind: 'run_failed', toBrowser: true, toWebhook: false, url: 'http://127.0.0.1:9/' }
  if (['adapter.list', 'system.status', 'account.get'].includes(path)) return undefined
  if (path.startsWith('member.')) return { ...ids, email: 'someone@example.com', role: 'viewer' }
  return {
    ...ids,
    ...config,
    ...words,
    ...rule,
    name: 'a-name',
    value: 'x',
    groupBy: 'day',
    text: 'x',
    agentIds: [ids.agentId],
    deliveryId: ids.keyId,
  }
}

async function call(path: string, actor: Actor | null, ids: Ids): Promise<string> {
  // A permitted subscription ends at once, a refused one fails.
  const signal = AbortSignal.abort()
  const caller = createCaller({ services, actor: async () => actor, socket: null }, { signal })
  const procedure = path
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], caller) as (
    input: unknown,
  ) => Promise<unknown>
  try {
    const given = inputOf(path, ids)
    const answer = await procedure(given && knownFields(inputs[path]?._def.inputs, given))
    // A subscription begins when it is read.
    if (isSubscription(answer)) await answer.next()
    return 'answered'
  } catch (error) {
    // A subscription fails while it is read, after tRPC has returned to the caller.
    const failure = error instanceof ApiError ? error : (error as Error).cause
    if (!(failure instanceof ApiError)) return String(error)
    return failure.reason === 'invalid_input' ? `invalid_input ${failure.message}` : failure.reason
  }
}

function isSubscription(answer: unknown): answer is AsyncIterator<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer && 'next' in answer
}

const all = Object.keys(permissions)
const inputs = appRouter._def.procedures as unknown as Record<string, { _def: { inputs?: unknown[] } }>
/** Procedures without a company: lists of the caller, and the installation. */
const companyless = [
  'company.list',
  'company.create',
  'company.createExample',
  'activity.installation',
  'adapter.list',
  'system.status',
]
/** Procedures about the caller only. */
const personal = all.filter((path) => path.startsWith('account.') || path.startsWith('token.'))
const scoped = all.filter((path) => !companyless.includes(path) && !personal.includes(path))

test('every procedure of the router has a rule, and every rule a procedure', () => {
  expect(Object.keys(appRouter._def.procedures).toSorted()).toEqual(all.toSorted())
})

test.each(all)('%s is refused without a credential', async (path) => {
  expect(await call(path, null, own)).toBe('unauthenticated')
})

describe.each(['viewer', 'operator', 'owner'] as const)('%s of another company', (role) => {
  test.each(scoped)('finds nothing with %s, as if the ids did not exist', async (path) => {
    const actor = await member(role)
    const answers = [await call(path, actor, foreign), await call(path, actor, nowhere)]
    expect(answers).toEqual(['not_found', 'not_found'])
  })
})

test('a member of one company lists no other company, and creates none', async () => {
  const actor = await member('owner')
  const caller = createCaller({ services, actor: async () => actor, socket: null })
  const { items } = await caller.company.list({})
  expect(items.map(({ id }) => id)).toEqual([own.companyId])
  expect(await call('company.create', actor, own)).toBe('forbidden')
})

test.each(all.filter((path) => permissions[path]?.people !== 'viewer'))('%s is refused for viewers', async (path) => {
  expect(await call(path, await member('viewer'), own)).toBe('forbidden')
})

test.each(scoped.filter((path) => permissions[path]?.people === 'viewer'))(
  '%s is permitted for viewers',
  async (path) => {
    expect(await call(path, await member('viewer'), own)).toBe('answered')
  },
)

test('a refused subscription fails with the same error as a call', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const wss = new WebSocketServer({ server })
  const actor = await member('owner')
  const createContext = () => ({ services, actor: async () => actor, socket: null })
  applyWSSHandler({ wss, router: appRouter, createContext })
  const { port } = server.address() as AddressInfo
  const { client, close } = createTestClient(`http://127.0.0.1:${port}`, 'any')
  try {
    const told = await new Promise((resolve) => {
      client.run.onLog.subscribe({ runId: foreign.runId }, { onError: (error) => resolve(error.data) })
    })
    expect(told).toMatchObject({ code: 'NOT_FOUND', httpStatus: 404, reason: 'not_found' })
    expect(told).not.toHaveProperty('stack')
  } finally {
    close()
    for (const socket of wss.clients) socket.terminate()
    wss.close()
    server.close()
  }
})

test('only an owner may archive a company', async () => {
  for (const [role, isAllowed] of [
    ['operator', false],
    ['owner', true],
  ] as const) {
    const spare = await tenant()
    const actor = await member(role)
    const { personId } = actor as { personId: string }
    await sql`insert into memberships (company_id, person_id, role) values (${spare.companyId}, ${personId}, ${role})`
    const caller = createCaller({ services, actor: async () => actor, socket: null })
    const archive = caller.company.update({ companyId: spare.companyId, status: 'archived' })
    if (isAllowed) expect((await archive).status).toBe('archived')
    else await expect(archive).rejects.toMatchObject({ cause: { reason: 'forbidden' } })
  }
})

describe.each(['agent', 'run'] as const)('the token of an %s', (kind) => {
  const actorOf = (): Actor =>
    kind === 'agent'
      ? { kind, keyId: crypto.randomUUID(), agentId: own.agentId, companyId: own.companyId }
      : { kind, runId: own.runId, agentId: own.agentId, companyId: own.companyId }

  test.each(all.filter((path) => permissions[path]?.agents === 'none'))('may not call %s', async (path) => {
    expect(await call(path, actorOf(), own)).toBe('forbidden')
  })

  test.each(all.filter((path) => permissions[path]?.agents !== 'none'))(
    'reaches its own rows with %s',
    async (path) => {
      expect(await call(path, actorOf(), own)).toBe('answered')
    },
  )

  test.each(all.filter((path) => permissions[path]?.agents !== 'none'))(
    'finds nothing of others with %s',
    async (path) => {
      expect(await call(path, actorOf(), foreign)).toBe('not_found')
    },
  )

  test('may wake every agent of its company, but reads only itself', async () => {
    const { id } = await agent(sql, {}, { companyId: own.companyId as Awaited<ReturnType<typeof company>> })
    const { run } = await wake(sql, id)
    const colleague = { ...own, agentId: id, runId: run?.id ?? '' }
    expect(await call('wakeup.create', actorOf(), { ...own, agentId: id })).toBe('answered')
    for (const path of all.filter((name) => permissions[name]?.agents === 'own')) {
      expect([path, await call(path, actorOf(), colleague)]).toEqual([path, 'forbidden'])
    }
  })
})
