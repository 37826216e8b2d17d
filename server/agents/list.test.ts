import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agentSorts } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import { company, ends, failed, secretKey, started, system, worker } from '@/tests/engine'
import { listRevisions } from './history'
import { type AgentFilter, listAgents, sortCursorInput } from './list'
import { recentOutcomes } from './recent-outcomes'
import { createAgent, updateAgent } from './write'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

async function hire(companyId: CompanyId, name: string, intervalSec = 0): Promise<string> {
  const { id } = await createAgent(sql, system, secretKey, {
    companyId,
    name,
    adapterType: 'process',
    adapterConfig: { command: 'true' },
    runtimeConfig: { heartbeat: { intervalSec } },
  })
  return id
}

type Filter = Partial<AgentFilter> & { companyId: CompanyId }

async function names(filter: Filter): Promise<string[]> {
  const page = await listAgents(sql, { sort: 'name', descending: false, limit: 200, ...filter })
  return page.items.map((agent) => agent.name)
}

test('the text filter matches a part of the name, in any case, or a whole id', async () => {
  const companyId = await company(sql)
  const id = await hire(companyId, 'Nightly build')
  await hire(companyId, 'Triage')
  expect(await names({ companyId, text: 'BUILD' })).toEqual(['Nightly build'])
  expect(await names({ companyId, text: id })).toEqual(['Nightly build'])
  expect(await names({ companyId, text: '%' })).toEqual([])
})

test('a list can be filtered by status and by adapter', async () => {
  const companyId = await company(sql)
  await hire(companyId, 'Ada')
  const bob = await hire(companyId, 'Bob')
  await sql`update agents set status = 'paused', adapter_type = 'http' where id = ${bob}`
  expect(await names({ companyId, status: 'paused' })).toEqual(['Bob'])
  expect(await names({ companyId, adapterType: 'process' })).toEqual(['Ada'])
})

test.each(agentSorts)('pages ordered by %s contain every agent once, in both directions', async (sort) => {
  const companyId = await company(sql)
  for (const [at, name] of ['b', 'A', 'c', 'B', 'd'].entries()) await hire(companyId, name, at % 2 ? 600 : 0)
  const allPages = async (descending: boolean) => {
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const at = cursor === undefined ? null : sortCursorInput.parse(cursor)
      const page = await listAgents(sql, { companyId, sort, descending, limit: 2, cursor: at })
      seen.push(...page.items.map((agent) => agent.id))
      cursor = page.nextCursor
    }
    return seen
  }
  const [ascending, descending] = [await allPages(false), await allPages(true)]
  expect(new Set(ascending).size).toBe(5)
  expect(ascending).toHaveLength(5)
  expect(new Set(descending)).toEqual(new Set(ascending))
  if (sort === 'name') expect(await names({ companyId })).toEqual(['A', ...(await names({ companyId })).slice(1)])
})

test('agents without a timer come last, in both directions', async () => {
  const companyId = await company(sql)
  await hire(companyId, 'none')
  await hire(companyId, 'timed', 600)
  expect(await names({ companyId, sort: 'nextHeartbeat' })).toEqual(['timed', 'none'])
  expect(await names({ companyId, sort: 'nextHeartbeat', descending: true })).toEqual(['timed', 'none'])
})

test('outcomes are the last runs of each agent, oldest first, without agents of other companies', async () => {
  const companyId = await company(sql)
  const ada = await hire(companyId, 'Ada')
  const stranger = await hire(await company(sql), 'Eve')
  const server = await worker(sql)
  const one = await started(sql, ada, server)
  await ends(sql, one, server, failed())
  const two = await started(sql, ada, server)
  const bob = await hire(companyId, 'Bob')
  const { items } = await recentOutcomes(sql, { companyId, agentIds: [ada, bob, stranger], perAgent: 5 })
  expect(items.find(({ agentId }) => agentId === bob)).toEqual({ agentId: bob, runs: [] })
  expect(items.filter(({ agentId }) => agentId !== bob)).toMatchObject([
    {
      agentId: ada,
      runs: [
        { id: one.id, status: 'failed', seconds: expect.any(Number) },
        { id: two.id, status: 'running', seconds: null },
      ],
    },
  ])
})

test('every change of the configuration becomes a revision, an update without a change does not', async () => {
  const companyId = await company(sql)
  const agentId = await hire(companyId, 'Ada')
  const change = (given: Parameters<typeof updateAgent>[4]) => updateAgent(sql, system, secretKey, agentId, given)
  await change({ adapterConfig: { command: 'false' } })
  await change({ name: 'Ada' })
  await change({ budgetMonthlyMicros: 5 })
  const { items, nextCursor } = await listRevisions(sql, { agentId, limit: 2 })
  expect(items).toMatchObject([
    { number: 3, budgetMonthlyMicros: 5, adapterConfig: { command: 'false' } },
    { number: 2, budgetMonthlyMicros: null, adapterConfig: { command: 'false' } },
  ])
  expect(nextCursor).toBe(2)
  const older = await listRevisions(sql, { agentId, limit: 2, cursor: 2 })
  expect(older).toMatchObject({ items: [{ number: 1, adapterConfig: { command: 'true' } }], nextCursor: null })
})
