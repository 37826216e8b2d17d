import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { resetSession } from '@/server/agents/status'
import { updateAgent } from '@/server/agents/write'
import { summarizeCosts } from '@/server/insight/costs/summary'
import { agent, charge, clear, ends, failed, report, secretKey, started, system, wake, worker } from '@/tests/engine'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 12, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

async function stateOf(agentId: string) {
  const [row] = await sql<Record<string, unknown>[]>`select * from agent_runtime_state where agent_id = ${agentId}`
  return row
}

async function eventsOf(runId: string) {
  return await sql<{ seq: number; eventType: string; message: string; payload: Record<string, unknown> | null }[]>`
    select seq, event_type, message, payload from heartbeat_run_events where run_id = ${runId} order by seq`
}

test('a failed run and a success without a session keep the session; a success that clears it drops it', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const cases = [
    [report({ sessionId: 'one' }), 'one'],
    [{ ...failed(), ...report({ sessionId: 'bad' }) }, 'one'],
    [{ ...failed(), ...report({ clearSession: true }) }, 'one'],
    [{ status: 'timed_out', errorCode: 'timeout', error: 'x', ...report({ sessionId: 'bad' }) }, 'one'],
    [{}, 'one'],
    [report(), 'one'],
    [report({ sessionId: 'two' }), 'two'],
    [report({ clearSession: true, sessionId: 'three' }), null],
  ] as const
  for (const [ending, sessionId] of cases) {
    await ends(sql, await started(sql, id, workerId), workerId, ending)
    expect((await stateOf(id))?.sessionId).toBe(sessionId)
  }
})

test.each([
  ['a reset', (id: string) => resetSession(sql, system, id)],
  [
    'a change of the adapter',
    async (id: string) => {
      const { adapterType } = (
        await sql<[{ adapterType: string }]>`select adapter_type from agents where id = ${id}`
      )[0]
      await sql`update agents set adapter_type = 'another' where id = ${id}`
      await updateAgent(sql, system, secretKey, id, { adapterType, adapterConfig: { command: 'true' } })
    },
  ],
])('%s during a run drops the session, and the run does not bring it back', async (_what, drop) => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  await ends(sql, await started(sql, id, workerId), workerId, report({ sessionId: 'old' }))
  const run = await started(sql, id, workerId)
  expect(run.sessionIdBefore).toBe('old')
  await drop(id)
  await ends(sql, run, workerId, report({ sessionId: 'old' }))
  expect((await stateOf(id))?.sessionId).toBeNull()
  expect((await started(sql, id, workerId)).sessionIdBefore).toBeNull()
})

test('fifty runs at $0.004 make 200,000 micro-dollars in every total', async () => {
  const { id, companyId } = await agent(sql, { maxConcurrentRuns: 5 })
  const workerId = await worker(sql)
  for (let batch = 0; batch < 10; batch++) {
    const runs = []
    for (let n = 0; n < 5; n++) runs.push(await started(sql, id, workerId))
    await Promise.all(runs.map((run) => ends(crowd, run, workerId, { charges: [charge(run)] })))
  }
  expect(await stateOf(id)).toMatchObject({ totalCostMicros: 200_000, totalInputTokens: 500, totalOutputTokens: 250 })
  const [agentMonth] = await sql`select cost_micros from agent_spend where agent_id = ${id}`
  const [companyMonth] = await sql`select cost_micros from company_spend where company_id = ${companyId}`
  expect([agentMonth?.costMicros, companyMonth?.costMicros]).toEqual([200_000, 200_000])
  const { items } = await summarizeCosts(sql, { companyId, groupBy: 'agent' })
  expect(items).toMatchObject([{ key: id, costMicros: 200_000, inputTokens: 500, unpricedRuns: 0 }])
})

test('tokens without a price are counted as unpriced, not as free', async () => {
  const { id, companyId } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await ends(sql, run, workerId, { charges: [charge(run, { costMicros: null, pricing: 'unpriced' })] })
  const [event] = await sql`select cost_micros, pricing from cost_events`
  expect(event).toEqual({ costMicros: null, pricing: 'unpriced' })
  expect(await stateOf(id)).toMatchObject({ totalCostMicros: 0, totalInputTokens: 10 })
  const { items } = await summarizeCosts(sql, { companyId, groupBy: 'model' })
  expect(items).toMatchObject([{ key: 'acme/tiny', costMicros: 0, unpricedRuns: 1 }])
})

test('a charge that crosses a budget warns before the final event, and the next wakeup is refused', async () => {
  const { id } = await agent(sql, {}, { budgetMonthlyMicros: 5000 })
  const workerId = await worker(sql)
  for (const [costMicros, message] of [
    [3999, null],
    [1, '80 % of the agent'],
    [1000, 'is spent'],
  ] as const) {
    const run = await started(sql, id, workerId)
    await ends(sql, run, workerId, { charges: [charge(run, { costMicros })] })
    const events = await eventsOf(run.id)
    expect(events.at(-1)?.eventType).toBe('lifecycle')
    expect(events.at(-2)?.message).toContain(message ?? 'Started.')
  }
  await expect(wake(sql, id)).rejects.toMatchObject({ reason: 'budget.exceeded' })
})
