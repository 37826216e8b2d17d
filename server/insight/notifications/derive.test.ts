import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { CompanyId } from '@/server/domain/ids'
import { agent, charge, company, ends, failed, started, system, worker } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { derive } from './derive'
import { countUnread, listNotifications, markRead } from './inbox'
import { setRule } from './rules'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

// Facts from before the first call make no notifications.
await derive(sql)

const notified = async (companyId: CompanyId) =>
  (await listNotifications(sql, 'ada', { companyId, limit: 50 })).items.map(({ kind, title }) => `${kind}: ${title}`)

/** Derives until the mark, which is a second behind the clock, has passed all that was committed before the call. */
async function caughtUp() {
  const [{ now }] = await sql<[{ now: Date }]>`select now() as now`
  await eventually(async () => {
    await derive(sql)
    const [mark] = await sql<[{ at: Date }]>`select at from background_marks where name = 'notifications'`
    return mark.at > now
  }, 'the mark passes what was committed')
}

async function fails(of: { id: string }, workerId: string, times: number) {
  for (let time = 0; time < times; time++) {
    await ends(sql, await started(sql, of.id, workerId), workerId, failed('It broke.'))
  }
}

test('an agent that fails in a row makes one notification, and another after a success', async () => {
  const one = await agent(sql)
  const workerId = await worker(sql)
  await fails(one, workerId, 2)
  await caughtUp()
  expect(await notified(one.companyId)).toEqual([])
  await fails(one, workerId, 2)
  await caughtUp()
  await fails(one, workerId, 1)
  await caughtUp()
  expect(await notified(one.companyId)).toEqual(['agent_failing: Ada failed 4 times in a row'])
  await ends(sql, await started(sql, one.id, workerId), workerId)
  await fails(one, workerId, 3)
  await caughtUp()
  expect(await notified(one.companyId)).toHaveLength(2)
})

test('each failed run makes one notification, only in companies with that rule', async () => {
  const [one, other] = [await agent(sql), await agent(sql)]
  const workerId = await worker(sql)
  const rule = { kind: 'run_failed', threshold: null, toBrowser: true, toWebhook: false } as const
  await setRule(sql, system, one.companyId, rule)
  await fails(one, workerId, 1)
  await fails(other, workerId, 1)
  await caughtUp()
  await caughtUp()
  expect(await notified(one.companyId)).toEqual(['run_failed: Ada failed'])
  expect(await notified(other.companyId)).toEqual([])
})

test('a budget makes a notification when it is nearly spent, when it is spent, and again after it is raised', async () => {
  const companyId = await company(sql, { budgetMonthlyMicros: 5_000 })
  const { id } = await agent(sql, {}, { companyId })
  const workerId = await worker(sql)
  const spend = async (costMicros: number) => {
    const run = await started(sql, id, workerId)
    await ends(sql, run, workerId, { charges: [charge(run, { costMicros })] })
    await caughtUp()
  }
  await spend(4_100)
  await spend(100)
  expect(await notified(companyId)).toEqual(['budget_near: 82 % of the budget of Acme is spent'])
  await spend(900)
  expect((await notified(companyId))[0]).toBe('budget_spent: The budget of Acme is spent')
  await sql`update companies set budget_monthly_micros = 6000 where id = ${companyId}`
  await caughtUp()
  expect((await notified(companyId))[0]).toBe('budget_near: 85 % of the budget of Acme is spent')
})

test('the threshold of a budget rule is also that of the agents’ budgets', async () => {
  const companyId = await company(sql)
  const { id } = await agent(sql, {}, { companyId, budgetMonthlyMicros: 1_000 })
  await setRule(sql, system, companyId, { kind: 'budget_near', threshold: 20, toBrowser: true, toWebhook: false })
  const workerId = await worker(sql)
  const spend = async (costMicros: number) => {
    const run = await started(sql, id, workerId)
    await ends(sql, run, workerId, { charges: [charge(run, { costMicros })] })
    await caughtUp()
  }
  await spend(190)
  expect(await notified(companyId)).toEqual([])
  await spend(20)
  expect(await notified(companyId)).toEqual(['budget_near: 21 % of the budget of Ada is spent'])
})

test('a lost server and a silent run make notifications, at the threshold of the company', async () => {
  // Servers that earlier tests have lost make notifications now, before this company exists.
  await caughtUp()
  const one = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, one.id, workerId)
  await setRule(sql, system, one.companyId, { kind: 'run_silent', threshold: 30, toBrowser: true, toWebhook: false })
  const silentFor = (minutes: number) => sql`
    insert into run_silences (run_id, company_id, agent_id, last_output_at)
    values (${run.id}, ${one.companyId}, ${one.id}, now() - ${minutes} * interval '1 minute')
    on conflict (run_id) do update set last_output_at = excluded.last_output_at`
  await silentFor(29)
  await caughtUp()
  expect(await notified(one.companyId)).toEqual([])
  await silentFor(31)
  await sql`update servers set ended_at = now(), lost = true, host = 'attic' where id = ${workerId}`
  await caughtUp()
  expect((await notified(one.companyId)).toSorted()).toEqual([
    'run_silent: Ada has been silent for 31 minutes',
    'server_lost: The server on attic was lost',
  ])
})

test('a lost server makes a notification in every company, however many there are', async () => {
  await caughtUp()
  await sql`insert into companies (name) select 'Many' from generate_series(1, 1100)`
  const workerId = await worker(sql)
  await sql`update servers set ended_at = now(), lost = true where id = ${workerId}`
  await caughtUp()
  const [row] = await sql`
    select count(*)::int as notified from notifications n join companies c on c.id = n.company_id
    where c.name = 'Many' and n.kind = 'server_lost'`
  expect(row).toEqual({ notified: 1100 })
  await sql`delete from companies where name = 'Many'`
})

test('two servers that derive at once make one notification', async () => {
  const one = await agent(sql)
  const workerId = await worker(sql)
  await fails(one, workerId, 3)
  await Promise.all([caughtUp(), caughtUp()])
  expect(await notified(one.companyId)).toHaveLength(1)
})

test('each reader has their own unread notifications', async () => {
  const one = await agent(sql)
  const workerId = await worker(sql)
  await fails(one, workerId, 3)
  await caughtUp()
  expect(await countUnread(sql, 'ada', one.companyId)).toBe(1)
  await markRead(sql, 'ada', one.companyId)
  expect(await countUnread(sql, 'ada', one.companyId)).toBe(0)
  expect(await countUnread(sql, 'bob', one.companyId)).toBe(1)
})
