import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent, resumeAgent, terminateAgent } from '@/server/agents/status'
import type { CompanyId } from '@/server/domain/ids'
import { reportCost } from '@/server/engine/charges/report'
import {
  agent,
  agentOf,
  claimOne,
  clear,
  ends,
  failed,
  runOf,
  silent,
  started,
  system,
  wake,
  worker,
} from '@/tests/engine'
import { cancel } from './cancel'
import { cancelInBatches } from './cancel-company-runs'
import { claim } from './claim'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 12, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

const cancelled = { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' } as const

test('a queued run is cancelled at once, with its wakeup, and is never started', async () => {
  const { id } = await agent(sql)
  const { run, wakeup } = await wake(sql, id)
  const answer = await cancel(sql, run?.id ?? '', 'changed my mind')
  expect(answer).toMatchObject({
    status: 'cancelled',
    errorCode: 'cancelled',
    error: 'changed my mind',
    startedAt: null,
    cancelReason: 'changed my mind',
    cancelRequestedAt: expect.any(Date),
  })
  const [stored] = await sql`select status from agent_wakeup_requests where id = ${wakeup.id}`
  expect(stored?.status).toBe('cancelled')
  expect((await agentOf(sql, id)).status).toBe('idle')
  expect((await claim(sql, await worker(sql), 1)).runs).toEqual([])
})

test('a running run is marked and stays running until its runner ends it; the first reason is kept', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  const first = await cancel(sql, run.id, 'first')
  expect(first).toMatchObject({ status: 'running', cancelReason: 'first', finishedAt: null })
  const second = await cancel(sql, run.id, 'second')
  expect(second).toEqual(first)
  expect((await agentOf(sql, id)).status).toBe('running')
  expect((await wake(sql, id)).outcome).toBe('queued')
  await expect(claimOne(sql, workerId)).rejects.toThrow('nothing to claim')
  await ends(sql, run, workerId, cancelled)
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'cancelled', error: 'first', cancelReason: 'first' })
  const events = await sql`select seq, message from heartbeat_run_events where run_id = ${run.id} order by seq`
  expect(events.map(({ seq, message }) => `${seq} ${message}`)).toEqual([
    '1 Queued.',
    '2 Started.',
    '3 Cancel requested: first',
    '4 first',
  ])
})

test('an unknown run is not found', async () => {
  await expect(cancel(sql, crypto.randomUUID(), null)).rejects.toMatchObject({ reason: 'not_found' })
})

test('a reason may contain any text', async () => {
  const { id } = await agent(sql)
  const run = await started(sql, id, await worker(sql))
  expect((await cancel(sql, run.id, 'a\u0000\ud800')).cancelReason).toBe('a\ufffd\ufffd')
  await pauseAgent(sql, system, id, { reason: 'b\u0000' })
  const [row] = await sql`select status_reason from agents where id = ${id}`
  expect(row?.statusReason).toBe('b\ufffd')
})

test.each([
  ['pausing the agent', (id: string) => pauseAgent(sql, system, id), 'The agent was paused.'],
  ['pausing it with a reason', (id: string) => pauseAgent(sql, system, id, { reason: 'a rest' }), 'a rest'],
  ['terminating the agent', (id: string) => terminateAgent(sql, system, id, 'enough'), 'enough'],
  [
    'pausing its company',
    async (_id: string, companyId: CompanyId) => updateCompany(sql, system, companyId, { status: 'paused' }),
    'The company was paused.',
  ],
])('%s cancels its queued and its running runs', async (_what, stop, reason) => {
  const { id, companyId } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  const waiting = (await wake(sql, id)).run?.id ?? ''
  await stop(id, companyId)
  const asked = { cancelReason: reason, cancelCode: 'cancelled', cancelRequestedAt: expect.any(Date) }
  expect(await runOf(sql, waiting)).toMatchObject({ status: 'cancelled', error: reason, ...asked })
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'running', ...asked })
  const { status } = await agentOf(sql, id)
  await ends(sql, run, workerId, cancelled)
  expect((await agentOf(sql, id)).status).toBe(status === 'running' ? 'idle' : status)
})

test('an agent resumed while its cancelled run is still being stopped is running, and starts nothing beside it', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await pauseAgent(sql, system, id)
  expect((await resumeAgent(sql, system, id)).status).toBe('running')
  await wake(sql, id)
  await expect(claimOne(sql, workerId)).rejects.toThrow('nothing to claim')
  await ends(sql, run, workerId, cancelled)
  expect((await claimOne(sql, workerId)).agentId).toBe(id)
})

test('a terminated agent stays terminated', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  await terminateAgent(sql, system, id)
  await expect(resumeAgent(sql, system, id)).rejects.toMatchObject({ reason: 'illegal_status' })
  await expect(pauseAgent(sql, system, id)).rejects.toMatchObject({ reason: 'illegal_status' })
  expect(await agentOf(sql, id)).toMatchObject({ status: 'terminated', nextHeartbeatAt: null })
})

test('a cost that spends the budget stops the run, which ends failed with budget_exceeded', async () => {
  const { id } = await agent(sql, {}, { budgetMonthlyMicros: 1000 })
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  const usage = { runId: run.id, provider: 'acme', model: 'tiny', inputTokens: 1, outputTokens: 1 }
  const said = { ...usage, costUsd: 0.001, idempotencyKey: 'a' }
  expect(await reportCost(sql, said)).toEqual({ booked: true, costMicros: 1000, pricing: 'reported', stopped: true })
  expect(await reportCost(sql, said)).toMatchObject({ booked: false, stopped: false })
  const row = await runOf(sql, run.id)
  expect(row).toMatchObject({ status: 'running', cancelCode: 'budget_exceeded', cancelRequestedAt: expect.any(Date) })
  const [state] = await sql`select total_cost_micros from agent_runtime_state where agent_id = ${id}`
  expect(state?.totalCostMicros).toBe(1000)
})

/** Cancels until done, like the loop of a server. */
async function pauseCompany(companyId: CompanyId): Promise<void> {
  await updateCompany(crowd, system, companyId, { status: 'paused' })
  await cancelInBatches(crowd, silent)
}

type Stop = (agentId: string, companyId: CompanyId, runId: string) => Promise<unknown>

test.each<[string, Stop]>([
  ['a cancel', (_id, _company, runId) => cancel(crowd, runId, 'stop')],
  ['a pause', (id) => pauseAgent(crowd, system, id)],
  ['a termination', (id) => terminateAgent(crowd, system, id)],
  ['a pause of the company', (_id, companyId) => pauseCompany(companyId)],
])(
  '%s against a claim: the run is cancelled before its start, or marked after it, and never missed',
  async (_what, stop) => {
    const workerId = await worker(sql)
    const seen = new Set<string>()
    for (let round = 0; round < 25; round++) {
      const { id, companyId } = await agent(sql)
      const runId = (await wake(sql, id)).run?.id ?? ''
      // A transaction that holds the agent's row makes both wait or skip it, and then race.
      const hold = round % 2 === 0 ? heldFor(id, round) : Promise.resolve()
      const [claimed] = await Promise.all([claim(crowd, workerId, 1), stop(id, companyId, runId), hold])
      const run = await runOf(sql, runId)
      seen.add(run.status)
      if (run.status === 'cancelled') expect(run.startedAt).toBeNull()
      else expect(run).toMatchObject({ status: 'running', cancelRequestedAt: expect.any(Date) })
      expect(claimed.runs.length).toBe(run.status === 'running' ? 1 : 0)
      if (run.status === 'running') await ends(sql, run, workerId, cancelled)
      expect((await runOf(sql, runId)).status).toBe('cancelled')
    }
    expect([...seen].every((status) => ['cancelled', 'running'].includes(status))).toBe(true)
  },
)

async function heldFor(agentId: string, ms: number): Promise<void> {
  await crowd.begin(async (tx) => {
    await tx`select from agents where id = ${agentId} for no key update`
    await tx`select pg_sleep(${ms / 5000})`
  })
}

test.each<[string, (agentId: string, companyId: CompanyId) => Promise<unknown>]>([
  ['an agent', (id) => pauseAgent(crowd, system, id)],
  ['a company', (_, companyId) => pauseCompany(companyId)],
])('wakeups against a pause of %s: nothing is left queued', async (_what, pause) => {
  for (let round = 0; round < 15; round++) {
    const { id, companyId } = await agent(sql)
    const wakes = () => Promise.allSettled([1, 2, 3].map(() => wake(crowd, id)))
    await Promise.all([wakes(), pause(id, companyId), wakes()])
    const open = await sql`
      select status from heartbeat_runs where agent_id = ${id} and status in ('queued', 'running')
      union all select status from agent_wakeup_requests where agent_id = ${id} and status in ('queued', 'claimed')`
    expect([...open]).toEqual([])
  }
})

test('a run that fails by itself during its cancel ends as failed', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await cancel(sql, run.id, 'stop')
  await ends(sql, run, workerId, failed('It fell over.'))
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'failed', error: 'It fell over.', cancelReason: 'stop' })
})
