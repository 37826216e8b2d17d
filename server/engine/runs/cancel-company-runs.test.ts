import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { getCompany } from '@/server/agents/companies/queries'
import { updateCompany } from '@/server/agents/companies/write'
import type { CompanyId } from '@/server/domain/ids'
import { requestIn } from '@/server/engine/wakeups/request'
import { agent, claimOne, clear, ends, lost, runOf, silent, started, system, wake, worker } from '@/tests/engine'
import { queuedCompany } from '@/tests/queued'
import { cancelInBatches } from './cancel-company-runs'
import { claim } from './claim'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 4, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

const statuses = async (table: string) =>
  await sql.unsafe<{ status: string; count: number }[]>(
    `select status, count(*)::int as count from ${table} group by status order by status`,
  )
const pause = (companyId: CompanyId) => updateCompany(sql, system, companyId, { status: 'paused' })

/** The state after a server that died just after the commit of the pause. */
async function cancelling(companyId: string) {
  await sql`update companies set status = 'paused' where id = ${companyId}`
  await sql`insert into company_cancels (company_id, reason) values (${companyId}, 'The company was paused.')`
}

const never = new AbortController().signal

/** A signal that is aborted after this many reads. */
function abortedAfter(looks: number): AbortSignal {
  const { signal } = new AbortController()
  let seen = 0
  Object.defineProperty(signal, 'aborted', { get: () => ++seen > looks })
  return signal
}

test('a company with thousands of queued runs is paused at once, and they are cancelled in batches of a constant size', async () => {
  const companyId = await queuedCompany(sql, 4000)
  const answer = await pause(companyId)
  const left = await sql`select from heartbeat_runs where status = 'queued'`
  expect(answer).toMatchObject({ status: 'paused', cancellingRuns: left.length > 0 })
  await cancelInBatches(sql, silent, never)
  expect(await statuses('heartbeat_runs')).toEqual([{ status: 'cancelled', count: 4000 }])
  expect(await statuses('agent_wakeup_requests')).toEqual([{ status: 'cancelled', count: 4000 }])
  expect((await getCompany(sql, companyId)).cancellingRuns).toBe(false)
  const [{ most }] = await sql<[{ most: number }]>`
    select max(events)::int as most from (select count(*) as events from live_events group by tx) t`
  expect(most).toBeLessThanOrEqual(100 * 4)
})

test('another server continues after an abort, and no run starts in between', async () => {
  const companyId = await queuedCompany(sql, 400)
  await cancelling(companyId)
  await cancelInBatches(sql, silent, abortedAfter(2))
  expect(await statuses('heartbeat_runs')).toEqual([
    { status: 'cancelled', count: 200 },
    { status: 'queued', count: 200 },
  ])
  const workerId = await worker(sql)
  expect((await claim(sql, workerId, 10)).runs).toEqual([])
  const [waiting] = await sql<
    [{ agentId: string }]
  >`select agent_id from heartbeat_runs where status = 'queued' limit 1`
  await expect(wake(sql, waiting.agentId)).rejects.toMatchObject({ reason: 'company.paused' })
  await Promise.all([cancelInBatches(crowd, silent, never), cancelInBatches(sql, silent, never)])
  await cancelInBatches(sql, silent, never)
  expect(await statuses('heartbeat_runs')).toEqual([{ status: 'cancelled', count: 400 }])
})

test('making the company active waits for the remaining cancels: no run from before the pause starts', async () => {
  const companyId = await queuedCompany(sql, 400)
  await cancelling(companyId)
  await cancelInBatches(sql, silent, abortedAfter(1))
  expect(await updateCompany(sql, system, companyId, { status: 'active' })).toMatchObject({ status: 'active' })
  expect(await statuses('heartbeat_runs')).toEqual([{ status: 'cancelled', count: 400 }])
  const [one] = await sql<[{ id: string }]>`select id from agents limit 1`
  await wake(sql, one.id)
  expect((await claimOne(sql, await worker(sql))).agentId).toBe(one.id)
})

test('a run that was queued at the moment of the pause is cancelled too', async () => {
  const { id, companyId } = await agent(sql)
  const given = { agentId: id, source: 'on_demand', triggerDetail: 'manual', actor: system } as const
  await crowd.begin(async (tx) => {
    expect((await requestIn(tx, given)).outcome).toBe('queued')
    // Its lock is held: the status does not wait for it, the cancels do.
    expect(await pause(companyId)).toMatchObject({ status: 'paused', cancellingRuns: true })
  })
  await cancelInBatches(sql, silent, never)
  expect(await statuses('heartbeat_runs')).toEqual([{ status: 'cancelled', count: 1 }])
})

test('a run that cannot be cancelled does not block others, and is logged', async () => {
  const companyId = await queuedCompany(sql, 120)
  const [stuck] = await sql<[{ id: string }]>`select id from heartbeat_runs limit 1`
  await sql.unsafe(
    `alter table heartbeat_runs add constraint refused check (id <> '${stuck.id}' or status <> 'cancelled')`,
  )
  try {
    await cancelling(companyId)
    const errors: unknown[] = []
    const log = Object.assign(Object.create(silent), { error: (what: unknown) => errors.push(what) })
    await cancelInBatches(sql, log, never)
    expect(await statuses('heartbeat_runs')).toEqual([
      { status: 'cancelled', count: 119 },
      { status: 'queued', count: 1 },
    ])
    expect((await getCompany(sql, companyId)).cancellingRuns).toBe(false)
    expect(errors).toHaveLength(1)
  } finally {
    await sql`alter table heartbeat_runs drop constraint refused`
  }
})

test('a run that is lost before its cancel was written ends cancelled, without a retry', async () => {
  const { id, companyId } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await cancelling(companyId)
  expect(await ends(sql, run, workerId, lost)).toMatchObject([{ status: 'cancelled', retryRunId: null }])
  expect(await runOf(sql, run.id)).toMatchObject({ errorCode: 'cancelled', error: 'The company was paused.' })
})
