import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { genericPlans } from '@/db/testing/generic-plans'
import { updateAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import { agent, ends, secretKey, started, system, worker } from '@/tests/engine'
import { createAgentRedactor } from './agent-redactor'
import { forgetFormer } from './former'
import { setSecret } from './secrets'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

const values = ['first-value', 'second-value', 'third-value']

test('a secret that is rotated during a run is redacted in its new and its old value until the run has ended', async () => {
  const { id, companyId: given } = await agent(sql)
  const companyId = given as CompanyId
  const rotate = (value: string) => setSecret(sql, system, secretKey, { companyId, name: 'KEY', value })
  const kept = async () => (await sql`select from former_secrets`).length
  await rotate('before-all')
  await rotate(values[0] ?? '')
  await sql`update former_secrets set replaced_at = replaced_at - interval '2 minutes'`
  const adapterConfig = { command: 'true', env: { KEY: { secret: 'KEY' } } }
  await updateAgent(sql, system, secretKey, id, { adapterConfig })
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  for (const value of values.slice(1)) await rotate(value)
  // A value may be replaced in a transaction that began before the run and committed after the run had read the value.
  await sql`update heartbeat_runs set started_at = started_at + interval '2 seconds' where id = ${run.id}`
  const asked = { agentId: id, runId: run.id }
  const told = { reason: `${values.join(' ')} before-all` }
  const redact = await createAgentRedactor(sql, secretKey, asked)
  expect(redact(told)).toEqual({ reason: '[redacted] [redacted] [redacted] before-all' })
  expect(redact.key(values[0])).toMatch(/^redacted /)
  const [{ plain }] = await sql<[{ plain: boolean }]>`
    select bool_or(sealed_value like '%value%') as plain from former_secrets`
  expect(plain).toBe(false)

  await sql`update former_secrets set replaced_at = replaced_at - interval '1 hour'`
  await sql`update heartbeat_runs set started_at = started_at - interval '1 hour' where id = ${run.id}`
  await forgetFormer(sql, 100)
  expect(await kept()).toBe(2)
  await ends(sql, { id: run.id, agentId: id }, workerId)
  expect((await createAgentRedactor(sql, secretKey, asked))(told)).toEqual({
    reason: `${values.slice(0, 2).join(' ')} [redacted] before-all`,
  })
  expect(await forgetFormer(sql, 100)).toBe(2)
  expect(await kept()).toBe(0)
})

test('the runs that may know a former value are found by the partial index of running runs', async () => {
  const { id, companyId } = await agent(sql)
  await setSecret(sql, system, secretKey, { companyId: companyId as CompanyId, name: 'KEY', value: 'value' })
  await updateAgent(sql, system, secretKey, id, { adapterConfig: { command: 'true', env: { KEY: { secret: 'KEY' } } } })
  const plans = await genericPlans(database.connection, 'heartbeat_runs', (client) =>
    createAgentRedactor(client, secretKey, { agentId: id, runId: null }),
  )
  expect(plans).toEqual([expect.stringMatching(/Index (Only )?Scan using runs_slot/)])
})
