import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { CompanyId } from '@/server/domain/ids'
import { agent, claimOne, company, ends, failed, wake, worker } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { runHistory } from './history'
import { rollUp } from './roll-up'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

/** Runs that ended `hoursAgo`, each after `ms`. */
async function seed(of: { id: string; companyId: string }, runs: number, status: string, hoursAgo: number, ms: number) {
  await sql`
    insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
      queue_position, created_at, started_at, finished_at)
    select ${of.companyId}, ${of.id}, ${status}, 'timer', 'system', '{}', t, t, t, t + ${ms} * interval '1 millisecond'
    from (select now() - ${hoursAgo} * interval '1 hour' as t from generate_series(1, ${runs})) s`
}

const emptied = async () => {
  await sql`truncate heartbeat_runs, run_stats_hourly, background_marks cascade`
}

test('the history is the same before and after the roll-up, and counts no run twice', async () => {
  await emptied()
  const one = await agent(sql)
  await seed(one, 60, 'succeeded', 5, 1_000)
  await seed(one, 30, 'failed', 5, 60_000)
  await seed(one, 10, 'cancelled', 30, 1_000)
  const before = await runHistory(sql, one.companyId, 24)
  expect(before).toMatchObject({ runs: 90, successRate: 60 / 90 })
  expect(before.hours).toHaveLength(24)
  for (let times = 0; times < 3; times++) await rollUp(sql)
  const [{ rolled }] = await sql<[{ rolled: number }]>`select sum(runs)::int as rolled from run_stats_hourly`
  expect(rolled).toBe(100)
  expect(await runHistory(sql, one.companyId, 24)).toEqual(before)
  expect((await runHistory(sql, one.companyId, 168)).runs).toBe(100)
})

test('median and p95 are within 5 % of the exact values', async () => {
  await emptied()
  const one = await agent(sql)
  await seed(one, 90, 'succeeded', 2, 2_345)
  await seed(one, 10, 'succeeded', 2, 98_765)
  await rollUp(sql)
  const { medianMs, p95Ms } = await runHistory(sql, one.companyId, 24)
  expect(Math.abs((medianMs ?? 0) / 2_345 - 1)).toBeLessThan(0.05)
  expect(Math.abs((p95Ms ?? 0) / 98_765 - 1)).toBeLessThan(0.05)
})

test('a run counts at once, and only once, while an older transaction is still open', async () => {
  await emptied()
  const one = await agent(sql)
  await rollUp(sql)
  let commit = () => {}
  const held = new Promise<void>((resolve) => {
    commit = resolve
  })
  const open = sql.begin(async (tx) => {
    await tx`
      insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
        queue_position, started_at, finished_at)
      values (${one.companyId}, ${one.id}, 'succeeded', 'timer', 'system', '{}', now(), now(), now())`
    await held
  })
  await eventually(async () => {
    const [row] = await sql`select from pg_stat_activity where backend_xid is not null and datname = current_database()`
    return row
  }, 'the open transaction')
  const workerId = await worker(sql)
  await wake(sql, one.id)
  await ends(sql, await claimOne(sql, workerId), workerId, failed())
  await eventually(async () => {
    const [row] = await sql`
      select from heartbeat_runs where agent_id = ${one.id} and finished_at < now() - interval '1 second'`
    return row
  }, 'a run whose roll-up waits only for the open transaction')
  await rollUp(sql)
  expect((await runHistory(sql, one.companyId, 24)).runs).toBe(1)
  commit()
  await open
  expect((await runHistory(sql, one.companyId, 24)).runs).toBe(2)
  await eventually(async () => {
    await rollUp(sql)
    const [row] = await sql<[{ runs: number }]>`select coalesce(sum(runs), 0)::int as runs from run_stats_hourly`
    return row.runs === 2
  }, 'both runs counted')
  expect((await runHistory(sql, one.companyId, 24)).runs).toBe(2)
})

test('a company sees only its own runs', async () => {
  await emptied()
  const [one, other] = [await agent(sql), await company(sql)]
  await seed(one, 5, 'succeeded', 1, 1_000)
  await rollUp(sql)
  expect(await runHistory(sql, other as CompanyId, 24)).toMatchObject({ runs: 0, successRate: null, medianMs: null })
})
