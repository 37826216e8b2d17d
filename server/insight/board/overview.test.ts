import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agent, charge, claimOne, clear, company, ends, failed, started, wake, worker } from '@/tests/engine'
import { boardOverview } from './overview'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

test('warns of budgets that are nearly spent', async () => {
  const companyId = await company(sql, { budgetMonthlyMicros: 5_000 })
  const workerId = await worker(sql)
  const { id } = await agent(sql, {}, { companyId, budgetMonthlyMicros: 4_500 })
  await wake(sql, id)
  const run = await claimOne(sql, workerId)
  await ends(sql, run, workerId, { charges: [charge(run)] })
  const { spend, attention } = await boardOverview(sql, companyId)
  expect(spend).toMatchObject({ spentMicros: 4_000, budgetMicros: 5_000 })
  expect(attention.items.map((item) => item.kind)).toEqual(['company_budget', 'agent_budget'])
})

test('names servers that were lost within the hour, and runs that are silent', async () => {
  const companyId = await company(sql)
  const workerId = await worker(sql)
  const { id } = await agent(sql, {}, { companyId })
  const run = await started(sql, id, workerId)
  await sql`
    insert into run_silences (run_id, company_id, agent_id, last_output_at)
    values (${run.id}, ${companyId}, ${id}, now() - interval '20 minutes')`
  await sql`
    insert into servers (id, role, host, machine, pid, data_dir, max_runs, lease_expires_at, ended_at, lost)
    values (gen_random_uuid(), 'runner', 'lost', 'lost', 1, '/nowhere', 10, now(), now(), true)`
  const { attention } = await boardOverview(sql, companyId)
  expect(attention.items.map((item) => item.kind)).toEqual(['server_lost', 'run_silent'])
})

test('shows running and queued runs, and the outcomes of ended ones', async () => {
  const companyId = await company(sql)
  const workerId = await worker(sql)
  const [busy, waiting, failing] = [
    await agent(sql, {}, { companyId }),
    await agent(sql, {}, { companyId }),
    await agent(sql, {}, { companyId }),
  ]
  for (let times = 0; times < 2; times++) {
    await ends(sql, await started(sql, failing.id, workerId), workerId, failed('It broke.'))
  }
  await ends(sql, await started(sql, busy.id, workerId), workerId)
  const running = await started(sql, busy.id, workerId)
  await wake(sql, waiting.id)

  const board = await boardOverview(sql, companyId)
  expect(board.counts).toEqual({ idle: 1, running: 1, error: 1, paused: 0, terminated: 0 })
  expect(board.queue).toMatchObject({ running: 1, queued: 1, oldestQueuedAt: expect.any(Date) })
  expect(board.agents.map(({ id }) => id)).toEqual([busy.id, failing.id, waiting.id])
  expect(board.agents[0]).toMatchObject({
    run: { id: running.id, startedAt: expect.any(Date) },
    outcomes: ['succeeded'],
  })
  expect(board.agents[1]).toMatchObject({
    run: null,
    outcomes: ['failed', 'failed'],
    lastRun: { status: 'failed', error: 'It broke.' },
  })
  expect(board.attention.items.filter((item) => item.kind === 'agent_failing')).toEqual([
    expect.objectContaining({ kind: 'agent_failing', agentId: failing.id, failuresInARow: 2, error: 'It broke.' }),
  ])
})
