import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { claim } from '@/server/engine/runs/claim'
import { mostMergedBytes, queueBounds } from '@/server/engine/runs/context'
import { loadRun } from '@/server/engine/runs/load'
import { getRun } from '@/server/engine/runs/queries'
import { kinds } from '@/server/insight/retention/kinds'
import { agent, claimOne, clear, ends, lost, runOf, started, wake, worker } from '@/tests/engine'
import { requestByTimerIn } from './request'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

/** The stored column, and the context that the API returns. */
async function storedContext(runId: string) {
  const [row] = await sql<[{ context: { wakeups: unknown[] }; bytes: number; isContextWhole: boolean }]>`
    select context_snapshot as context, pg_column_size(context_snapshot || '{}') as bytes, is_context_whole
    from heartbeat_runs where id = ${runId}`
  return row
}

/** A queued run with this many wakeups and bytes. */
async function carrying(of: { wakeups?: number; bytes?: number }) {
  const { id } = await agent(sql)
  const { run } = await wake(sql, id, { payload: { n: 0 } })
  await sql`
    update heartbeat_runs set wakeup_count = ${of.wakeups ?? 1}, wakeup_bytes = ${of.bytes ?? 0} where id = ${run?.id ?? ''}`
  return { id, runId: run?.id ?? '' }
}

test('a merged wakeup is stored once, and is in the stored context when its run starts', async () => {
  const { id } = await agent(sql)
  const { run } = await wake(sql, id, { payload: { n: 0 }, contextSnapshot: { a: 0, b: 0 } })
  const runId = run?.id ?? ''
  const before = await storedContext(runId)
  for (let n = 1; n <= 3; n++)
    await wake(sql, id, { payload: { n, text: 'x'.repeat(10_000) }, contextSnapshot: { a: n } })
  expect(await storedContext(runId)).toEqual({ ...before, isContextWhole: false })
  const seen = (await getRun(sql, runId)).contextSnapshot
  expect(seen).toMatchObject({ a: 3, b: 0, wakeups: [0, 1, 2, 3].map((n) => ({ payload: { n } })) })
  const claimed = await claimOne(sql, await worker(sql))
  expect(claimed.contextSnapshot).toEqual(seen)
  expect(await storedContext(runId)).toMatchObject({ context: seen, isContextWhole: true })
  expect((await runOf(sql, runId)).wakeupBytes).toBeGreaterThan(30_000)
})

test('a run takes 1,000 wakeups: the next is refused, with a receipt that does not hold its key', async () => {
  const { id, runId } = await carrying({ wakeups: queueBounds.wakeups - 1 })
  expect((await wake(sql, id, { idempotencyKey: 'last' })).outcome).toBe('coalesced')
  for (let times = 0; times < 2; times++) {
    await expect(wake(sql, id, { idempotencyKey: 'too many' })).rejects.toMatchObject({ reason: 'queue.full' })
  }
  const receipts = await sql`select status, run_id from agent_wakeup_requests where skip_reason = 'queue.full'`
  expect([...receipts]).toEqual(Array(2).fill({ status: 'skipped', runId: null }))
  const workerId = await worker(sql)
  expect((await claimOne(sql, workerId)).id).toBe(runId)
  expect((await wake(sql, id, { idempotencyKey: 'too many' })).outcome).toBe('queued')
})

test('a run takes 8 MiB of payloads and contexts, in bytes of JSON', async () => {
  const { id, runId } = await carrying({ bytes: queueBounds.bytes - 10 })
  expect((await wake(sql, id, { payload: 'ü', contextSnapshot: { a: 1 } })).outcome).toBe('coalesced')
  expect((await runOf(sql, runId)).wakeupBytes).toBe(queueBounds.bytes - 10 + 4 + 7)
  await expect(wake(sql, id)).rejects.toMatchObject({ reason: 'queue.full' })
})

test('a timer whose queued run is full does not fail, and is counted on one receipt', async () => {
  const { id } = await carrying({ wakeups: queueBounds.wakeups })
  for (let times = 0; times < 3; times++) await sql.begin((tx) => requestByTimerIn(tx, [id]))
  const receipts = await sql`select skip_reason, coalesced_count from agent_wakeup_requests where source = 'timer'`
  expect([...receipts]).toEqual([{ skipReason: 'queue.full', coalescedCount: 2 }])
})

test('a lost run is merged into a full queued one without losing anything of either', async () => {
  const { id } = await agent(sql, { retryOnRunnerLost: 1 })
  const workerId = await worker(sql)
  await wake(sql, id, { payload: 'first' })
  await wake(sql, id, { payload: 'second', contextSnapshot: { kept: true } })
  // Lost before it was loaded: its whole context was never stored.
  const [held] = (await claim(sql, workerId, 1)).runs
  const queued = await wake(sql, id, { payload: 'third' })
  await wake(sql, id, { payload: 'fourth' })
  await sql`update heartbeat_runs set wakeup_count = ${queueBounds.wakeups} where id = ${queued.run?.id ?? ''}`
  if (held) await ends(sql, held, workerId, lost)
  const { contextSnapshot, wakeupCount } = await runOf(sql, queued.run?.id ?? '')
  const payloads = ['first', 'second', 'third', 'fourth'].map((payload) => ({ payload }))
  expect(contextSnapshot).toMatchObject({ kept: true, wakeups: payloads })
  expect(wakeupCount).toBe(queueBounds.wakeups + 2)
  await expect(wake(sql, id)).rejects.toMatchObject({ reason: 'queue.full' })
  const again = await claimOne(sql, workerId)
  expect(again.contextSnapshot).toEqual(contextSnapshot)
})

test('retention keeps wakeups that a queued run takes its context from', async () => {
  const { id, companyId } = await agent(sql)
  const { run } = await wake(sql, id)
  const merged = await wake(sql, id, { payload: 'kept' })
  const first = { at: new Date(0), id: '00000000-0000-0000-0000-000000000000' }
  const [, item] = await kinds.wakeups.page(sql, companyId, first, 10)
  expect(item).toMatchObject({ id: merged.wakeup.id, endedAt: null })
  await kinds.wakeups.remove(sql, [merged.wakeup.id])
  const workerId = await worker(sql)
  const claimed = await claimOne(sql, workerId)
  expect(claimed.contextSnapshot.wakeups).toHaveLength(2)
  await ends(sql, claimed, workerId)
  await kinds.wakeups.remove(sql, [merged.wakeup.id])
  expect((await getRun(sql, run?.id ?? '')).contextSnapshot.wakeups).toHaveLength(2)
})

test('a context that is too large fails the loading of its run, and of no other', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await sql`
    update heartbeat_runs set context_snapshot = jsonb_build_object('a', repeat(chr(1), 100000000)) where id = ${run.id}`
  await expect(loadRun(sql, workerId, run.id)).rejects.toThrow('larger than 64 MiB')
  expect((await getRun(sql, run.id)).contextSnapshot).toEqual({ wakeups: [] })
})

test.each([
  [0, true],
  [1, false],
])('a lost run goes into a queued one as far as that can be read (%i bytes more: %s)', async (more, isMerged) => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  const queued = (await wake(sql, id)).run?.id ?? ''
  await sql`update heartbeat_runs set wakeup_bytes = ${mostMergedBytes - 10 + more} where id = ${queued}`
  await sql`update heartbeat_runs set wakeup_bytes = 10 where id = ${run.id}`
  expect(await ends(sql, run, workerId, lost)).toMatchObject([{ retryRunId: isMerged ? queued : null }])
  const ended = await runOf(sql, run.id)
  expect(ended).toMatchObject({ status: 'failed', errorCode: 'runner_lost' })
  expect(ended.error?.includes('It was not queued again')).toBe(!isMerged)
  expect((await runOf(sql, queued)).contextSnapshot.wakeups).toHaveLength(isMerged ? 2 : 1)
})
