import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { note } from '@/server/engine/runs/events'
import { getRun } from '@/server/engine/runs/queries'
import { endIn } from '@/server/engine/runs/transition'
import { summarizeCosts } from '@/server/insight/costs/summary'
import { agent, charge, clear, company, endingOf, ends, runOf, started, waiters, worker } from '@/tests/engine'
import { type CostReport, reportCost } from './report'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 8, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

function usage(runId: string, more: Partial<CostReport> = {}): CostReport {
  const tokens = { inputTokens: 10, outputTokens: 5, costUsd: 0.004 }
  return { runId, provider: 'acme', model: 'tiny', ...tokens, idempotencyKey: 'a', ...more }
}

test('a key is booked once per run, also by many reports at once', async () => {
  const { id } = await agent(sql)
  const run = await started(sql, id, await worker(sql))
  const receipts = await Promise.all(Array.from({ length: 8 }, () => reportCost(crowd, usage(run.id))))
  expect(receipts.filter(({ booked }) => booked)).toHaveLength(1)
  const [state] = await sql`select * from agent_runtime_state where agent_id = ${id}`
  expect(state).toMatchObject({ totalCostMicros: 4000, totalInputTokens: 10 })
  const events = await sql`select message from heartbeat_run_events where run_id = ${run.id} and event_type = 'usage'`
  expect(events.map(({ message }) => message)).toEqual(['Used 10 tokens in, 5 out with tiny: $0.004.'])
})

test('a repeated key with another cost returns what was booked', async () => {
  const { id } = await agent(sql)
  const run = await started(sql, id, await worker(sql))
  await reportCost(sql, usage(run.id))
  const before = { booked: false, costMicros: 4000, pricing: 'reported', stopped: false }
  expect(await reportCost(sql, usage(run.id, { costUsd: 9 }))).toEqual(before)
  expect(await reportCost(sql, usage(run.id, { costUsd: null }))).toEqual(before)
})

test('without a cost, that of a known model is estimated, marked as such, and counts against the budget', async () => {
  const { id, companyId } = await agent(sql, {}, { budgetMonthlyMicros: 3_004_000 })
  const run = await started(sql, id, await worker(sql))
  await reportCost(sql, usage(run.id))
  const known = { provider: 'anthropic', model: 'claude-sonnet-4-5', inputTokens: 1_000_000, outputTokens: 0 }
  const unknown = usage(run.id, { costUsd: null, model: 'mystery', idempotencyKey: 'c' })
  expect(await reportCost(sql, unknown)).toMatchObject({ costMicros: null, pricing: 'unpriced', stopped: false })
  expect(await reportCost(sql, usage(run.id, { ...known, costUsd: null, idempotencyKey: 'b' }))).toEqual({
    booked: true,
    costMicros: 3_000_000,
    pricing: 'estimated',
    stopped: true,
  })
  const stranger = await agent(sql, {}, { companyId })
  const ofStranger = await summarizeCosts(sql, { companyId, agentId: stranger.id, groupBy: 'day' })
  expect(ofStranger.items).toEqual([])
  const ofAgent = await summarizeCosts(sql, { companyId, agentId: id, groupBy: 'model' })
  expect(ofAgent.items.map(({ label }) => label)).toEqual(['claude-sonnet-4-5', 'tiny', 'mystery'])
  const { items } = await summarizeCosts(sql, { companyId, groupBy: 'agent' })
  expect(items).toMatchObject([{ key: id, costMicros: 3_004_000, estimatedMicros: 3_000_000, unpricedRuns: 1 }])
  const events = await sql`select message from heartbeat_run_events where run_id = ${run.id} and event_type = 'usage'`
  expect(events.at(-1)?.message).toBe('Used 1000000 tokens in, 0 out with claude-sonnet-4-5: ~$3.00 estimated.')
  expect((await getRun(sql, run.id)).charges).toMatchObject([
    { model: 'tiny', pricing: 'reported', costMicros: 4000 },
    { model: 'mystery', pricing: 'unpriced', costMicros: null },
    { model: 'claude-sonnet-4-5', pricing: 'estimated', costMicros: 3_000_000, inputTokens: 1_000_000 },
  ])
})

test('a report after the end is booked, and does not change the run', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await ends(sql, run, workerId)
  const before = await runOf(sql, run.id)
  expect(await reportCost(sql, usage(run.id))).toMatchObject({ booked: true, stopped: false })
  expect(await runOf(sql, run.id)).toEqual(before)
})

test('a report, an ending and notes of runs of one company do not deadlock', async () => {
  const companyId = await company(sql)
  const workerId = await worker(sql)
  const runs = []
  for (let n = 0; n < 2; n++) {
    runs.push(await started(sql, (await agent(sql, {}, { companyId })).id, workerId))
  }
  const [low, high] = runs.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (!low || !high) throw new Error('two runs were made')
  for (const run of runs) await reportCost(sql, usage(run.id))

  const notes = runs.map((run) => ({ runId: run.id, events: [], process: null }))
  let others: Promise<unknown> = Promise.resolve()
  await crowd.begin(async (tx) => {
    await tx`select from agents where id = ${high.agentId} for no key update`
    await tx`select from heartbeat_runs where id = ${high.id} for no key update`
    const noted = note(crowd, workerId, notes)
    await waiters(sql, 1)
    const reported = reportCost(crowd, usage(low.id, { idempotencyKey: 'b' }))
    others = Promise.all([noted, reported])
    await waiters(sql, 2)
    await endIn(tx, [endingOf(high, workerId, { charges: [charge(high)] })])
  })
  await others
  expect((await runOf(sql, high.id)).status).toBe('succeeded')
})
