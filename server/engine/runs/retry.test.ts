import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent } from '@/server/agents/status'
import { agent, agentOf, claimOne, clear, ends, lost, runOf, started, system, wake, worker } from '@/tests/engine'
import { cancel } from './cancel'
import type { ClaimedRun } from './load'
import { end } from './transition'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const stopped = {
  status: 'failed',
  errorCode: 'server_stopped',
  error: 'The server was stopped.',
  retry: 'server_stopped',
} as const

async function wakeupOf(id: string) {
  const [row] = await sql<{ status: string; runId: string }[]>`
    select status, run_id from agent_wakeup_requests where id = ${id}`
  return row
}

/** Wakeups are ordered by their times, which have milliseconds. */
async function later() {
  await sql`select pg_sleep(0.002)`
}

function payloads(context: Record<string, unknown>): unknown[] {
  return (context.wakeups as { payload: unknown }[]).map(({ payload }) => payload)
}

test('a run whose runner was lost is queued again as a new run with the same context and wakeup', async () => {
  const { id } = await agent(sql)
  const { wakeup } = await wake(sql, id, { payload: 1, contextSnapshot: { task: 'x' } })
  const [one, two] = [await worker(sql), await worker(sql)]
  const run = await claimOne(sql, one)
  const [ended] = await ends(sql, run, one, lost)
  const retryId = ended?.retryRunId ?? ''
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'failed', errorCode: 'runner_lost' })
  const retry = await runOf(sql, retryId)
  expect(retry).toMatchObject({ status: 'queued', retryOfRunId: run.id, wakeupRequestId: wakeup.id, startedAt: null })
  expect(retry).toMatchObject({ invocationSource: 'on_demand', triggerDetail: 'manual' })
  expect(retry.contextSnapshot).toEqual(run.contextSnapshot)
  expect(await wakeupOf(wakeup.id)).toEqual({ status: 'claimed', runId: retryId })
  expect(await agentOf(sql, id)).toMatchObject({ status: 'idle', failuresInARow: 0 })
  const events = await sql`select seq, payload from heartbeat_run_events where run_id = ${retryId}`
  expect([...events]).toEqual([{ seq: 1, payload: { status: 'queued', retryOfRunId: run.id } }])

  await ends(sql, await claimOne(sql, two), two)
  expect(await wakeupOf(wakeup.id)).toEqual({ status: 'completed', runId: retryId })
  expect((await runOf(sql, run.id)).status).toBe('failed')
})

test.each([0, 1, 3])(
  'with %i attempts, a run that always loses its runner ends failed after them',
  async (attempts) => {
    const { id } = await agent(sql, { retryOnRunnerLost: attempts })
    const workerId = await worker(sql)
    const { wakeup } = await wake(sql, id)
    for (let attempt = 0; attempt <= attempts; attempt++) await ends(sql, await claimOne(sql, workerId), workerId, lost)
    await expect(claimOne(sql, workerId)).rejects.toThrow('nothing to claim')
    const runs = await sql`select status, error_code from heartbeat_runs where agent_id = ${id}`
    expect(runs).toHaveLength(attempts + 1)
    for (const run of runs) expect(run).toEqual({ status: 'failed', errorCode: 'runner_lost' })
    expect((await wakeupOf(wakeup.id))?.status).toBe('failed')
    expect((await agentOf(sql, id)).status).toBe('error')
  },
)

test('a stopped server uses up no attempt, and its runs are queued again even if no retry is allowed', async () => {
  const { id } = await agent(sql, { retryOnRunnerLost: 0 })
  const workerId = await worker(sql)
  const { wakeup } = await wake(sql, id)
  for (let round = 0; round < 3; round++) {
    const [ended] = await ends(sql, await claimOne(sql, workerId), workerId, stopped)
    expect((await runOf(sql, ended?.retryRunId ?? '')).lostAttempts).toBe(0)
  }
  await ends(sql, await claimOne(sql, workerId), workerId, lost)
  expect((await wakeupOf(wakeup.id))?.status).toBe('failed')
})

test('a lost run is merged into a queued one: both lists in order, with the newer context', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const old = await wake(sql, id, { payload: 'old', contextSnapshot: { who: 'old', kept: 1 } })
  await wake(sql, id, { payload: 'old 2' })
  const run = await claimOne(sql, workerId)
  const newer = await wake(sql, id, { payload: 'new', contextSnapshot: { who: 'new' } })
  const [ended] = await ends(sql, run, workerId, lost)
  expect(ended?.retryRunId).toBe(newer.run?.id)
  const merged = await runOf(sql, newer.run?.id ?? '')
  expect(merged).toMatchObject({ status: 'queued', retryOfRunId: run.id, wakeupRequestId: newer.wakeup.id })
  expect(merged.contextSnapshot).toMatchObject({ who: 'new', kept: 1 })
  expect(payloads(merged.contextSnapshot)).toEqual(['old', 'old 2', 'new'])

  await ends(sql, await claimOne(sql, workerId), workerId)
  for (const { wakeup } of [old, newer]) {
    expect(await wakeupOf(wakeup.id)).toEqual({ status: 'completed', runId: merged.id })
  }
})

const lostOrders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]
const together = [true, false].flatMap((isFollowed) => lostOrders.map((order) => [order, isFollowed] as const))

test.each(together)(
  'of runs that ended in the order %j the newest values stand, the wakeups in theirs (with a follow-up: %s)',
  async (order, isFollowed) => {
    const { id } = await agent(sql, { maxConcurrentRuns: 3 })
    const workerId = await worker(sql)
    const runs: ClaimedRun[] = []
    for (let n = 0; n < 3; n++) {
      await wake(sql, id, { payload: n, contextSnapshot: { v: n, [`own${n}`]: n, ...(n < 2 && { early: n }) } })
      runs.push(await claimOne(sql, workerId))
      await later()
    }
    if (isFollowed) await wake(sql, id, { payload: 3, contextSnapshot: { v: 3 } })
    let retryId = ''
    for (const n of order) {
      const run = runs[n]
      if (run) retryId = (await ends(sql, run, workerId, n === 1 ? stopped : lost))[0]?.retryRunId ?? ''
    }
    const { contextSnapshot, retryOfRunId, lostAttempts } = await runOf(sql, retryId)
    expect(contextSnapshot).toMatchObject({ v: isFollowed ? 3 : 2, early: 1, own0: 0, own1: 1, own2: 2 })
    expect(payloads(contextSnapshot)).toEqual(isFollowed ? [0, 1, 2, 3] : [0, 1, 2])
    expect(retryOfRunId).toBe(runs[order[2] ?? 0]?.id)
    expect(lostAttempts).toBe(1)
    const queued = await sql`select from heartbeat_runs where agent_id = ${id} and status = 'queued'`
    expect(queued).toHaveLength(1)
  },
)

test('a merged run takes over the attempts of the lost one', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await wake(sql, id)
  await ends(sql, run, workerId, lost)
  const [ended] = await ends(sql, await claimOne(sql, workerId), workerId, lost)
  expect(ended?.retryRunId).toBeNull()
  const open = await sql`select from agent_wakeup_requests where agent_id = ${id} and status in ('queued', 'claimed')`
  expect(open).toHaveLength(0)
})

test.each([lost, stopped])(
  'a run that was asked to cancel ends cancelled when its server is gone ($errorCode)',
  async (gone) => {
    const { id } = await agent(sql)
    const workerId = await worker(sql)
    const run = await started(sql, id, workerId)
    await cancel(sql, run.id, 'not needed')
    expect(await ends(sql, run, workerId, gone)).toMatchObject([{ status: 'cancelled', retryRunId: null }])
    expect(await runOf(sql, run.id)).toMatchObject({ status: 'cancelled', errorCode: 'cancelled', error: 'not needed' })
    await expect(claimOne(sql, workerId)).rejects.toThrow('nothing to claim')
  },
)

test('a terminated agent or an archived company gets no retry', async () => {
  const workerId = await worker(sql)
  const [one, two] = [await agent(sql), await agent(sql)]
  const runs = [await started(sql, one.id, workerId), await started(sql, two.id, workerId)]
  // Without the mark, as if the cancel were not written yet.
  await sql`update agents set status = 'terminated' where id = ${one.id}`
  await sql`update companies set status = 'archived' where id = ${two.companyId}`
  for (const run of runs) expect(await ends(sql, run, workerId, lost)).toMatchObject([{ retryRunId: null }])
  const open = await sql`select from agent_wakeup_requests where status in ('queued', 'claimed')`
  expect(open).toHaveLength(0)
})

test('a pause while the run is lost leaves the run cancelled and nothing queued', async () => {
  const workerId = await worker(sql)
  const { id, companyId } = await agent(sql)
  const run = await started(sql, id, workerId)
  await pauseAgent(sql, system, id)
  await updateCompany(sql, system, companyId, { status: 'paused' })
  expect(await ends(sql, run, workerId, lost)).toMatchObject([{ status: 'cancelled', retryRunId: null }])
})

test('an agent with an unreadable stored policy does not keep other runs from ending', async () => {
  const workerId = await worker(sql)
  const [broken, well] = [await agent(sql), await agent(sql)]
  const runs = [await started(sql, broken.id, workerId), await started(sql, well.id, workerId)]
  await sql`update agents set runtime_config = '{"heartbeat":{"unknown":1}}' where id = ${broken.id}`
  const ended = await end(
    sql,
    runs.map((run) => ({ runId: run.id, agentId: run.agentId, workerId, ...lost })),
  )
  expect(ended.map(({ agentId, retryRunId }) => [agentId, retryRunId === null])).toEqual(
    expect.arrayContaining([
      [broken.id, true],
      [well.id, false],
    ]),
  )
})

test('a success of an agent with an unreadable stored policy is written', async () => {
  const workerId = await worker(sql)
  const { id } = await agent(sql)
  const run = await started(sql, id, workerId)
  await sql`update agents set runtime_config = '{"heartbeat":{"unknown":1}}', failures_in_a_row = 2 where id = ${id}`
  expect(await ends(sql, run, workerId)).toMatchObject([{ status: 'succeeded' }])
})
