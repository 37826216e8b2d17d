import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent } from '@/server/agents/status'
import {
  agent,
  agentOf,
  charge,
  claimOne,
  clear,
  company,
  ends,
  runOf,
  started,
  system,
  wake,
  worker,
} from '@/tests/engine'
import { claim } from './claim'
import { end } from './transition'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 12, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

async function queuedAgents(count: number, companyId?: Awaited<ReturnType<typeof company>>): Promise<string[]> {
  const made = await Promise.all(Array.from({ length: count }, () => agent(crowd, {}, { companyId })))
  await Promise.all(made.map(({ id }) => wake(crowd, id)))
  return made.map(({ id }) => id)
}

test('a claim changes all rows: run, agent, wakeup, event, live events', async () => {
  const { id, companyId } = await agent(sql)
  await sql`update agent_runtime_state set session_id = 's-1', session_version = 4 where agent_id = ${id}`
  const { wakeup } = await wake(sql, id, { payload: 'do it' })
  await sql`truncate live_events`
  const workerId = await worker(sql)
  const run = await claimOne(sql, workerId)

  expect(run).toMatchObject({ agentId: id, companyId, agentName: 'Ada', companyName: 'Acme', sessionIdBefore: 's-1' })
  expect(run).toMatchObject({ adapterType: 'process', adapterConfig: { command: 'true' } })
  const row = await runOf(sql, run.id)
  expect(row).toMatchObject({
    status: 'running',
    workerId,
    slot: 0,
    sessionIdBefore: 's-1',
    sessionVersion: 4,
    adapterType: 'process',
  })
  expect(row.startedAt).toBeInstanceOf(Date)
  expect((await agentOf(sql, id)).status).toBe('running')
  const [stored] = await sql`select status, claimed_at from agent_wakeup_requests where id = ${wakeup.id}`
  expect(stored).toMatchObject({ status: 'claimed', claimedAt: expect.any(Date) })
  const events = await sql`select seq, event_type, payload from heartbeat_run_events where run_id = ${run.id}`
  expect([...events]).toEqual([
    { seq: 1, eventType: 'lifecycle', payload: { status: 'queued' } },
    { seq: 2, eventType: 'lifecycle', payload: { status: 'running' } },
  ])
  const told = await sql`select type, payload ->> 'status' as status from live_events order by type`
  expect(told.map(({ type, status }) => [type, status])).toEqual([
    ['agent.status', 'running'],
    ['heartbeat.run.status', 'running'],
    ['wakeup.status', 'claimed'],
  ])
})

test('servers that claim at once claim each run once, and all of them', async () => {
  const agents = await queuedAgents(40)
  const servers = await Promise.all(Array.from({ length: 4 }, () => worker(sql)))
  const claimed: { runId: string; workerId: string }[] = []
  await Promise.all(
    servers.flatMap((workerId) =>
      [1, 2, 3].map(async () => {
        for (let last = 1; last > 0; ) {
          const { runs } = await claim(crowd, workerId, 3)
          claimed.push(...runs.map((run) => ({ runId: run.id, workerId })))
          last = runs.length
        }
      }),
    ),
  )
  // A run that another claim has locked is skipped: the next claim finds it.
  for (const workerId of servers) {
    claimed.push(...(await claim(sql, workerId, 40)).runs.map((run) => ({ runId: run.id, workerId })))
  }
  expect(claimed).toHaveLength(agents.length)
  expect(new Set(claimed.map(({ runId }) => runId)).size).toBe(agents.length)
  for (const { runId, workerId } of claimed) expect((await runOf(sql, runId)).workerId).toBe(workerId)
})

test('many claims at once of one queued run give it to one worker', async () => {
  const { id } = await agent(sql)
  const servers = await Promise.all(Array.from({ length: 8 }, () => worker(sql)))
  for (let round = 0; round < 10; round++) {
    await wake(sql, id)
    const claims = await Promise.all(
      servers.map(async (workerId) => ({ workerId, ...(await claim(crowd, workerId, 5)) })),
    )
    const [winner, ...others] = claims.filter(({ runs }) => runs.length > 0)
    expect(others).toEqual([])
    const run = winner?.runs[0]
    expect(run).toBeDefined()
    if (run && winner) await ends(sql, run, winner.workerId)
  }
})

test.each([
  ['has run out', "lease_expires_at = now() - interval '1 ms'"],
  ['was ended', 'ended_at = now()'],
])('a worker whose lease %s claims nothing', async (_what, change) => {
  await queuedAgents(1)
  const workerId = await worker(sql)
  await sql.unsafe(`update servers set ${change} where id = '${workerId}'`)
  expect(await claim(sql, workerId, 5)).toMatchObject({ runs: [], overBudget: [] })
  expect(await claim(sql, crypto.randomUUID(), 5)).toMatchObject({ runs: [], overBudget: [] })
})

test('runs of a paused agent or company are not claimed, even if one is still queued', async () => {
  const workerId = await worker(sql)
  const [one, two] = [await agent(sql), await agent(sql)]
  await Promise.all([wake(sql, one.id), wake(sql, two.id)])
  await sql`update agents set status = 'paused' where id = ${one.id}`
  await sql`update companies set status = 'paused' where id = ${two.companyId}`
  expect((await claim(sql, workerId, 5)).runs).toEqual([])
})

test('pausing an agent or a company cancels its queued runs', async () => {
  const [one, two] = [await agent(sql), await agent(sql)]
  const [first, second] = [await wake(sql, one.id), await wake(sql, two.id)]
  await pauseAgent(sql, system, one.id)
  await updateCompany(sql, system, two.companyId, { status: 'paused' })
  for (const { run } of [first, second]) expect((await runOf(sql, run?.id ?? '')).status).toBe('cancelled')
})

test('on_demand comes before assignment, automation and timer, then older before newer; and no source starves', async () => {
  const workerId = await worker(sql)
  const wishes = ['timer', 'automation', 'assignment', 'on_demand', 'on_demand'] as const
  const agents: string[] = []
  for (const source of wishes) {
    const { id } = await agent(sql)
    agents.push(id)
    await wake(sql, id, { source, triggerDetail: 'system' })
  }
  const [timer, automation, assignment, older, newer] = agents
  const [stale, again] = [await agent(sql), await agent(sql)]
  const { run } = await wake(sql, stale.id, { source: 'timer', triggerDetail: 'system' })
  await sql`update heartbeat_runs set queue_position = queue_position - interval '4 minutes' where id = ${run?.id ?? ''}`
  await wake(sql, again.id, { source: 'timer', triggerDetail: 'system' })
  await wake(sql, again.id)

  const order: string[] = []
  for (let n = 0; n < 7; n++) order.push((await claimOne(sql, workerId)).agentId)
  expect(order).toEqual([stale.id, older, newer, again.id, assignment, automation, timer])
})

test('a queued run whose budget was spent is returned as over budget, and ends failed', async () => {
  const { id } = await agent(sql, {}, { budgetMonthlyMicros: 4000 })
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  const followUp = await wake(sql, id)
  await ends(sql, run, workerId, { charges: [charge(run)] })
  const claimed = await claim(sql, workerId, 5)
  expect(claimed).toMatchObject({ runs: [], overBudget: [{ runId: followUp.run?.id, agentId: id }] })
  for (const refused of claimed.overBudget) {
    await end(sql, [{ ...refused, workerId: null, status: 'failed', errorCode: 'budget_exceeded', error: 'Spent.' }])
  }
  expect(await runOf(sql, followUp.run?.id ?? '')).toMatchObject({
    status: 'failed',
    errorCode: 'budget_exceeded',
    startedAt: null,
  })
  const [wakeup] = await sql`select status from agent_wakeup_requests where id = ${followUp.wakeup.id}`
  expect(wakeup?.status).toBe('failed')
})

test("one claim takes a company's runs up to its limit, and does not block other companies", async () => {
  const companyId = await company(sql, { maxConcurrentRuns: 3 })
  await queuedAgents(5, companyId)
  const others = await queuedAgents(4)
  const workerId = await worker(sql)
  const { runs } = await claim(sql, workerId, 20)
  expect(runs.filter((run) => run.companyId === companyId)).toHaveLength(3)
  expect(runs.filter((run) => others.includes(run.agentId))).toHaveLength(4)
  const [first] = runs.filter((run) => run.companyId === companyId)
  if (first) await ends(sql, first, workerId)
  expect((await claim(sql, workerId, 20)).runs).toHaveLength(1)
})

test('a claim is full even if a limit kept it from claiming all the runs that it found', async () => {
  const companyId = await company(sql, { maxConcurrentRuns: 1 })
  await queuedAgents(3, companyId)
  await queuedAgents(1)
  const workerId = await worker(sql)
  expect(await claim(sql, workerId, 3)).toMatchObject({ runs: [{ companyId }], isFull: true })
  const { runs, isFull } = await claim(sql, workerId, 3)
  expect({ count: runs.length, isFull }).toEqual({ count: 1, isFull: false })
})

test('servers that claim at once never exceed the limit of a company', async () => {
  const limited = [await company(sql, { maxConcurrentRuns: 2 }), await company(sql, { maxConcurrentRuns: 2 })]
  for (const companyId of limited) await queuedAgents(6, companyId)
  const servers = await Promise.all(Array.from({ length: 4 }, () => worker(sql)))
  let done = 0
  let most = 0
  for (let round = 0; done < 12 && round < 40; round++) {
    await Promise.all(servers.map((workerId) => claim(crowd, workerId, 4)))
    const running = await sql<{ id: string; agentId: string; companyId: string; workerId: string }[]>`
      select id, agent_id, company_id, server_id as worker_id from heartbeat_runs where status = 'running'`
    for (const companyId of limited) {
      most = Math.max(most, running.filter((run) => run.companyId === companyId).length)
    }
    for (const run of running) done += (await ends(sql, run, run.workerId)).length
  }
  expect({ done, most }).toEqual({ done: 12, most: 2 })
})
