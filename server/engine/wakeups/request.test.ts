import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent, resumeAgent } from '@/server/agents/status'
import type { SkipReason } from '@/server/domain/wakeup-status'
import { agent, claimOne, clear, type company, ends, runOf, started, system, wake, worker } from '@/tests/engine'
import type { Wakeup } from './request'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 20, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

type Delivery = { id: string; source: string; reason: string | null; payload: unknown; requestedAt: string }

async function delivered(runId: string): Promise<Delivery[]> {
  return (await runOf(sql, runId)).contextSnapshot.wakeups as Delivery[]
}

async function wakeups(agentId: string): Promise<Wakeup[]> {
  return await sql<Wakeup[]>`select * from agent_wakeup_requests where agent_id = ${agentId} order by requested_at, id`
}

async function runCount(agentId: string): Promise<number> {
  const [row] = await sql<[{ n: number }]>`
    select count(*)::int as n from heartbeat_runs where agent_id = ${agentId}`
  return row.n
}

test('twenty wakeups at once make one run with all of them, in order', async () => {
  const { id } = await agent(sql)
  const numbers = Array.from({ length: 20 }, (_, n) => n)
  const answers = await Promise.all(
    numbers.map((n) =>
      wake(crowd, id, { payload: { n }, reason: `wake ${n}`, contextSnapshot: { last: n, [`own${n}`]: n } }),
    ),
  )

  const survivors = answers.filter((answer) => answer.outcome === 'queued')
  expect(survivors).toHaveLength(1)
  expect(answers.filter((answer) => answer.outcome === 'coalesced')).toHaveLength(19)
  expect(await runCount(id)).toBe(1)
  const runId = survivors[0]?.run?.id ?? ''
  for (const answer of answers) expect(answer.run?.id).toBe(runId)
  for (const answer of answers) expect(answer.wakeup.runId).toBe(runId)

  const list = await delivered(runId)
  expect(list.map(({ payload }) => (payload as { n: number }).n).toSorted((a, b) => a - b)).toEqual(numbers)
  expect(list.map(({ id }) => id).toSorted()).toEqual(answers.map(({ wakeup }) => wakeup.id).toSorted())
  expect(list[0]?.id).toBe(survivors[0]?.wakeup.id)
  const times = list.map(({ requestedAt }) => requestedAt)
  expect(times).toEqual(times.toSorted())
  const { contextSnapshot, wakeupRequestId } = await runOf(sql, runId)
  expect(contextSnapshot.last).toBe((list.at(-1)?.payload as { n: number } | undefined)?.n)
  for (const n of numbers) expect(contextSnapshot[`own${n}`]).toBe(n)
  const stored = await wakeups(id)
  expect(stored.find((wakeup) => wakeup.id === wakeupRequestId)?.coalescedCount).toBe(19)
  expect(stored.filter((wakeup) => wakeup.status === 'coalesced' && wakeup.finishedAt)).toHaveLength(19)
})

test('wakeups during a run make one follow-up run', async () => {
  const { id } = await agent(sql)
  const first = await started(sql, id, await worker(sql))
  const answers = await Promise.all([1, 2, 3].map((n) => wake(crowd, id, { payload: n })))
  const followUp = answers.find((answer) => answer.outcome === 'queued')?.run?.id ?? ''
  expect(followUp).not.toBe(first.id)
  expect((await delivered(followUp)).map(({ payload }) => payload).toSorted()).toEqual([1, 2, 3])
  expect(await delivered(first.id)).toEqual(first.contextSnapshot.wakeups)
})

test('with whenRunning coalesce a wakeup is coalesced into the running run, whose context does not change', async () => {
  const { id } = await agent(sql, { whenRunning: 'coalesce' })
  const run = await started(sql, id, await worker(sql))
  const { outcome, wakeup } = await wake(sql, id, { payload: 'late', contextSnapshot: { late: true } })
  expect(outcome).toBe('coalesced')
  expect(wakeup).toMatchObject({ status: 'coalesced', runId: run.id, payload: 'late' })
  expect((await runOf(sql, run.id)).contextSnapshot).toEqual(run.contextSnapshot)
  expect((await wakeups(id)).map(({ status, coalescedCount }) => [status, coalescedCount])).toEqual([
    ['claimed', 1],
    ['coalesced', 0],
  ])
})

test('three runs of an agent run at once if three may, and the fourth is queued', async () => {
  const { id } = await agent(sql, { maxConcurrentRuns: 3 })
  const server = await worker(sql)
  for (let n = 0; n < 3; n++) await started(sql, id, server)
  expect((await wake(sql, id)).outcome).toBe('queued')
  expect((await wake(sql, id)).outcome).toBe('coalesced')
  await expect(claimOne(sql, server)).rejects.toThrow('nothing to claim')
  const rows = await sql`select slot from heartbeat_runs where agent_id = ${id} and status = 'running' order by slot`
  expect(rows.map(({ slot }) => slot)).toEqual([0, 1, 2])
})

test('a repeated key returns the first wakeup in its current state and adds nothing', async () => {
  const { id } = await agent(sql)
  const given = { idempotencyKey: 'k', reason: 'because', payload: { a: 1, b: { c: [1, 2], d: null } } }
  const first = await wake(sql, id, given)
  const again = await wake(sql, id, { ...given, payload: { b: { d: null, c: [1, 2] }, a: 1 } })
  expect(again).toMatchObject({ outcome: 'deduplicated', wakeup: { id: first.wakeup.id }, run: { id: first.run?.id } })

  const server = await worker(sql)
  await ends(sql, await claimOne(sql, server), server)
  await pauseAgent(sql, system, id)
  expect(await wake(sql, id, given)).toMatchObject({
    outcome: 'deduplicated',
    wakeup: { id: first.wakeup.id, status: 'completed' },
    run: { id: first.run?.id, status: 'succeeded' },
  })
  expect(await wakeups(id)).toHaveLength(1)
})

test.each([
  ['source', { source: 'automation' }],
  ['reason', { reason: 'another' }],
  ['reason', { reason: null }],
  ['payload', { payload: { a: 2 } }],
  ['payload', { payload: { a: 1, b: 1 } }],
  ['payload', { payload: undefined }],
] as const)('a key that was used with another %s is a conflict', async (_what, other) => {
  const { id } = await agent(sql)
  const given = { idempotencyKey: 'k', reason: 'because', payload: { a: 1 } }
  await wake(sql, id, given)
  await expect(wake(sql, id, { ...given, ...other })).rejects.toMatchObject({ reason: 'idempotency_conflict' })
  expect(await wakeups(id)).toHaveLength(1)
})

test('a key belongs to its agent, and twenty uses of it at once make one wakeup', async () => {
  const [one, other] = await Promise.all([agent(sql), agent(sql)])
  const given = { idempotencyKey: 'same', payload: { deep: ['x'] } }
  const answers = await Promise.all(Array.from({ length: 20 }, () => wake(crowd, one.id, given)))
  expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual([...Array(19).fill('deduplicated'), 'queued'])
  expect(new Set(answers.map(({ wakeup }) => wakeup.id)).size).toBe(1)
  expect(await wakeups(one.id)).toHaveLength(1)
  expect((await wake(sql, other.id, { idempotencyKey: 'same', payload: 'other' })).outcome).toBe('queued')
})

test('a skipped request does not hold its key', async () => {
  const { id } = await agent(sql)
  await pauseAgent(sql, system, id)
  const given = { idempotencyKey: 'k', payload: 1 }
  await expect(wake(sql, id, given)).rejects.toMatchObject({ reason: 'agent.paused' })
  await expect(wake(sql, id, given)).rejects.toMatchObject({ reason: 'agent.paused' })
  await resumeAgent(sql, system, id)
  expect((await wake(sql, id, { ...given, payload: 2 })).outcome).toBe('queued')
  expect((await wakeups(id)).map(({ status }) => status)).toEqual(['skipped', 'skipped', 'queued'])
})

test.each<[SkipReason, (agentId: string, companyId: Awaited<ReturnType<typeof company>>) => PromiseLike<unknown>]>([
  ['agent.paused', (id) => pauseAgent(sql, system, id)],
  ['agent.terminated', (id) => sql`update agents set status = 'terminated' where id = ${id}`],
  ['company.paused', (_, companyId) => updateCompany(sql, system, companyId, { status: 'paused' })],
  ['company.archived', (_, companyId) => updateCompany(sql, system, companyId, { status: 'archived' })],
  ['budget.exceeded', (id) => sql`update agents set budget_monthly_micros = 0 where id = ${id}`],
  ['budget.exceeded', (_, companyId) => updateCompany(sql, system, companyId, { budgetMonthlyMicros: 0 })],
])('%s fails the call, and its receipt is stored', async (reason, arrange) => {
  const { id, companyId } = await agent(sql)
  await arrange(id, companyId)
  await expect(wake(sql, id, { payload: 'kept' })).rejects.toMatchObject({ name: 'ApiError', reason })
  const [receipt] = await wakeups(id)
  expect(receipt).toMatchObject({ status: 'skipped', skipReason: reason, payload: 'kept', runId: null })
  expect(receipt?.finishedAt).toBeInstanceOf(Date)
  expect(await runCount(id)).toBe(0)
})

test('a skip that does not refuse returns its receipt', async () => {
  const { id } = await agent(sql, { wakeOnAutomation: false })
  expect(await wake(sql, id, { source: 'automation', triggerDetail: 'ping' })).toMatchObject({
    outcome: 'skipped',
    wakeup: { status: 'skipped', skipReason: 'heartbeat.wakeOnAutomation.disabled' },
    run: null,
  })
})

test('the cooldown counts from the end of the last run, and manual triggers pass it', async () => {
  const { id } = await agent(sql, { cooldownSec: 60 })
  const server = await worker(sql)
  const run = await started(sql, id, server)
  await sql`update heartbeat_runs set started_at = now() - interval '1 hour' where id = ${run.id}`
  await ends(sql, run, server)
  const ping = { triggerDetail: 'ping' } as const
  expect((await wake(sql, id, ping)).wakeup.skipReason).toBe('heartbeat.cooldown')
  expect((await wake(sql, id)).outcome).toBe('queued')
  expect((await wake(sql, id, ping)).outcome).toBe('coalesced')
  await ends(sql, await claimOne(sql, server), server)
  await sql`update agents set last_run_finished_at = now() - interval '61 seconds' where id = ${id}`
  expect((await wake(sql, id, ping)).outcome).toBe('queued')
})

test('a run that was cancelled before its start does not count for the cooldown', async () => {
  const { id } = await agent(sql, { cooldownSec: 60 })
  await wake(sql, id)
  await pauseAgent(sql, system, id)
  await resumeAgent(sql, system, id)
  expect((await wake(sql, id, { triggerDetail: 'ping' })).outcome).toBe('queued')
})

test('NUL and lone surrogates are made storable in every field', async () => {
  const { id } = await agent(sql)
  const bad = 'a\u0000b\ud800c'
  const good = 'a\ufffdb\ufffdc'
  const given = { reason: bad, payload: { [bad]: [bad] }, contextSnapshot: { [bad]: bad }, idempotencyKey: bad }
  const first = await wake(sql, id, given)
  expect(first.wakeup).toMatchObject({ reason: good, payload: { [good]: [good] }, idempotencyKey: good })
  expect((await runOf(sql, first.run?.id ?? '')).contextSnapshot).toMatchObject({ [good]: good })
  expect((await wake(sql, id, given)).outcome).toBe('deduplicated')
  await wake(sql, id, { ...given, idempotencyKey: null, payload: bad })
  expect((await delivered(first.run?.id ?? ''))[1]).toMatchObject({ reason: good, payload: good })
})

test('a context cannot replace the list of wakeups', async () => {
  const { id } = await agent(sql)
  const { run } = await wake(sql, id, { contextSnapshot: { wakeups: 'mine' } })
  await wake(sql, id, { contextSnapshot: { wakeups: ['mine'] }, payload: 2 })
  expect((await delivered(run?.id ?? '')).map(({ payload }) => payload)).toEqual([null, 2])
})

test('an agent that does not exist is not found', async () => {
  await expect(wake(sql, crypto.randomUUID())).rejects.toMatchObject({ reason: 'not_found' })
})
