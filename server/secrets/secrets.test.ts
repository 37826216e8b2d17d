import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createCompany } from '@/server/agents/companies/write'
import { createAgent, updateAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import { resolveSecrets } from './resolve'
import { seal, unseal } from './seal'
import { listSecrets, removeSecret, setSecret } from './secrets'

const database = await createTestDatabase()
const { sql } = database
const secretKey = randomBytes(32)
const by = { type: 'user', id: null } as const
afterAll(() => database.drop())

async function company(): Promise<CompanyId> {
  return (await createCompany(sql, by, { name: 'Acme' })).id as CompanyId
}

function agentWith(companyId: CompanyId, env: Record<string, unknown>) {
  const adapterConfig = { command: 'true', env }
  return createAgent(sql, by, secretKey, { companyId, name: 'worker', adapterType: 'process', adapterConfig })
}

test('a sealed value opens only with its key, company and name', () => {
  const place = { companyId: randomUUID(), name: 'TOKEN' }
  const sealed = seal(secretKey, place, 'value ✓')
  expect(sealed).not.toContain('value')
  expect(unseal(secretKey, place, sealed)).toBe('value ✓')
  expect(() => unseal(randomBytes(32), place, sealed)).toThrow()
  expect(() => unseal(secretKey, { ...place, name: 'OTHER' }, sealed)).toThrow()
})

test('a plain value under a secret-looking name is stored sealed and returned as a reference that can be saved again', async () => {
  const companyId = await company()
  const agent = await agentWith(companyId, { API_KEY: 'marker-value', MODE: 'fast' })
  const env = agent.adapterConfig.env as Record<string, unknown>
  expect(env.MODE).toBe('fast')
  expect(env.API_KEY).toEqual({ secret: expect.stringMatching(/^API_KEY-/) })
  const again = await updateAgent(sql, by, secretKey, agent.id, { adapterConfig: agent.adapterConfig })
  expect(again.adapterConfig).toEqual(agent.adapterConfig)
  const [{ dump }] = await sql<[{ dump: string }]>`
    select (select string_agg(s::text, '') from company_secrets s) || (select string_agg(a::text, '') from agents a)
      || (select string_agg(l::text, '') from activity_log l) as dump`
  expect(dump).not.toContain('marker-value')
  const resolved = await resolveSecrets(sql, secretKey, companyId, agent.adapterConfig)
  expect(resolved).toMatchObject({
    config: { env: { API_KEY: 'marker-value', MODE: 'fast' } },
    values: ['marker-value'],
  })
})

test('a reference to an unknown secret is refused with its path, and nothing is stored', async () => {
  const companyId = await company()
  await expect(agentWith(companyId, { X: { secret: 'MISSING' } })).rejects.toMatchObject({
    reason: 'invalid_input',
    path: 'adapterConfig.env.X',
  })
  const [{ count }] = await sql<[{ count: number }]>`select count(*) from agents where company_id = ${companyId}`
  expect(count).toBe(0)
})

test('a secret in use is not removed, is listed with its users, and is rotated without changing them', async () => {
  const companyId = await company()
  await setSecret(sql, by, secretKey, { companyId, name: 'GITHUB', value: 'one' })
  const agent = await agentWith(companyId, { GITHUB: { secret: 'GITHUB' } })
  await expect(removeSecret(sql, by, companyId, 'GITHUB')).rejects.toThrow('worker')
  await setSecret(sql, by, secretKey, { companyId, name: 'GITHUB', value: 'two-two' })
  expect((await resolveSecrets(sql, secretKey, companyId, agent.adapterConfig)).values).toEqual(['two-two'])
  const { items } = await listSecrets(sql, companyId)
  expect(items).toMatchObject([{ name: 'GITHUB', usedBy: [{ id: agent.id, name: 'worker' }] }])
  expect(JSON.stringify(items)).not.toContain('two-two')
})

test('the secrets of a company are listed by name, in pages where a limit is given', async () => {
  const companyId = await company()
  for (const name of ['C', 'A', 'B']) await setSecret(sql, by, secretKey, { companyId, name, value: 'value' })
  const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name)
  const all = await listSecrets(sql, companyId)
  expect([names(all), all.nextCursor]).toEqual([['A', 'B', 'C'], null])
  const first = await listSecrets(sql, companyId, { limit: 2 })
  expect([names(first), first.nextCursor]).toEqual([['A', 'B'], 'B'])
  const rest = await listSecrets(sql, companyId, { limit: 2, after: first.nextCursor })
  expect([names(rest), rest.nextCursor]).toEqual([['C'], null])
})

test('the secrets of one company are invisible to another', async () => {
  const companyId = await company()
  await setSecret(sql, by, secretKey, { companyId, name: 'SHARED', value: 'value' })
  await expect(agentWith(await company(), { X: { secret: 'SHARED' } })).rejects.toMatchObject({
    reason: 'invalid_input',
  })
})
