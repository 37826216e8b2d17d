import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { findHeld } from '@/server/engine/runs/claim'
import {
  agent,
  agentOf,
  claimOne,
  clear,
  company,
  localRunner,
  runOf,
  started,
  waiters,
  wake,
  worker,
} from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { createProxy } from '@/tests/proxy'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 8, applicationName: 'crowd' })
afterEach(async () => {
  await sql`drop function if exists at_commit cascade`
  await clear(sql)
})
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

async function factsOf(runId: string) {
  const [events, liveEvents, [wakeup]] = await Promise.all([
    sql`
      select seq, message, payload ->> 'status' as status, xmin from heartbeat_run_events where run_id = ${runId} order by seq`,
    sql`select type, payload ->> 'status' as status from live_events order by id`,
    sql`select status, claimed_at from agent_wakeup_requests where run_id = ${runId}`,
  ])
  return { events: [...events], liveEvents: [...liveEvents], wakeup }
}

test('a wakeup claims its run in its own transaction if the runner has a free slot, and returns what is stored', async () => {
  const { id, companyId } = await agent(sql)
  await sql`update agent_runtime_state set session_id = 's-1', session_version = 4 where agent_id = ${id}`
  await sql`truncate live_events`
  const workerId = await worker(sql)
  const runner = localRunner(workerId)
  const { outcome, run, wakeup } = await wake(sql, id, { payload: { n: 1 } }, runner)

  expect(outcome).toBe('queued')
  expect(run).toMatchObject({
    status: 'running',
    startedAt: expect.any(Date),
    serverId: workerId,
    adapterType: 'process',
  })
  expect(wakeup).toMatchObject({ status: 'claimed', claimedAt: run?.startedAt })
  const runId = run?.id ?? ''
  expect(await runOf(sql, runId)).toMatchObject({
    status: 'running',
    workerId,
    slot: 0,
    startedAt: run?.startedAt,
    adapterType: 'process',
    sessionIdBefore: 's-1',
    sessionVersion: 4,
    lastEventSeq: 2,
  })
  expect((await agentOf(sql, id)).status).toBe('running')
  const { events, liveEvents, wakeup: stored } = await factsOf(runId)
  const { xmin } = events[0] ?? {}
  expect(events).toEqual([
    { seq: 1, message: 'Queued.', status: 'queued', xmin },
    { seq: 2, message: 'Started.', status: 'running', xmin },
  ])
  expect(stored).toEqual({ status: 'claimed', claimedAt: expect.any(Date) })
  expect(liveEvents).toEqual([
    { type: 'heartbeat.run.queued', status: 'queued' },
    { type: 'wakeup.status', status: 'queued' },
    { type: 'heartbeat.run.status', status: 'running' },
    { type: 'agent.status', status: 'running' },
    { type: 'wakeup.status', status: 'claimed' },
  ])
  expect(runner.accepted).toEqual([{ id: runId, agentId: id, companyId }])
})

test.each(['queued', 'claimed'])(
  'a wakeup that waited for its agent has one time, as has its run (%s)',
  async (how) => {
    const { id } = await agent(sql)
    const runner = how === 'claimed' ? localRunner(await worker(sql)) : undefined
    const { run } = await afterWaiting(id, () => wake(crowd, id, {}, runner))
    const [times] = await sql<Record<string, Date>[]>`
    select w.requested_at, r.created_at, r.queue_position, w.claimed_at, r.started_at, a.last_heartbeat_at,
      (select created_at from heartbeat_run_events where run_id = r.id and seq = 1) as queued_at,
      (select created_at from heartbeat_run_events where run_id = r.id and seq = 2) as running_at
    from heartbeat_runs r join agent_wakeup_requests w on w.id = r.wakeup_request_id join agents a on a.id = r.agent_id
    where r.id = ${run?.id ?? ''}`
    const { requestedAt, createdAt, queuePosition, queuedAt, startedAt, ...ofStart } = times ?? {}
    expect([createdAt, queuePosition, queuedAt]).toEqual([requestedAt, requestedAt, requestedAt])
    expect(ofStart).toEqual({ claimedAt: startedAt, lastHeartbeatAt: startedAt, runningAt: startedAt })
    if (how === 'claimed') expect(Number(startedAt)).toBeGreaterThanOrEqual(Number(requestedAt))
  },
)

/** Runs `work` while the agent is locked for a measurable time; returns its result. */
async function afterWaiting<T>(agentId: string, work: () => Promise<T>): Promise<T> {
  let done: Promise<T> | undefined
  await crowd.begin(async (tx) => {
    await tx`select from agents where id = ${agentId} for no key update`
    done = work()
    await waiters(sql, 1)
    await tx`select pg_sleep(0.02)`
  })
  if (!done) throw new Error('no work was started')
  return await done
}

describe('a wakeup only queues its run', () => {
  async function onlyQueues(agentId: string, workerId: string, left: number) {
    const runner = localRunner(workerId)
    const { run } = await wake(sql, agentId, {}, runner)
    expect(run?.status).toBe('queued')
    expect(await runOf(sql, run?.id ?? '')).toMatchObject({ status: 'queued', slot: null, lastEventSeq: 1 })
    expect({ accepted: runner.accepted, left: runner.left() }).toEqual({ accepted: [], left })
  }

  test.each([
    ['whose lease has run out', "lease_expires_at = now() - interval '1 ms'"],
    ['that drains', 'draining = true'],
  ])('where the runner beside it is one %s', async (_what, change) => {
    const workerId = await worker(sql)
    await sql.unsafe(`update servers set ${change} where id = '${workerId}'`)
    await onlyQueues((await agent(sql)).id, workerId, 0)
  })

  test('if the agent has its maximum of running runs: no slot is reserved', async () => {
    const { id } = await agent(sql)
    const workerId = await worker(sql)
    await started(sql, id, workerId)
    await onlyQueues(id, workerId, 1)
  })

  test('if its company has its maximum of running runs', async () => {
    const companyId = await company(sql, { maxConcurrentRuns: 1 })
    const workerId = await worker(sql)
    await started(sql, (await agent(sql, {}, { companyId })).id, workerId)
    await onlyQueues((await agent(sql, {}, { companyId })).id, workerId, 0)
  })
})

test('concurrent runs of one agent take different slots, however they are claimed', async () => {
  const { id } = await agent(sql, { maxConcurrentRuns: 3 })
  const workerId = await worker(sql)
  await wake(sql, id, {}, localRunner(workerId))
  await wake(sql, id)
  await claimOne(sql, workerId)
  await wake(sql, id, {}, localRunner(workerId))
  const held = await findHeld(sql, workerId)
  const slots = await Promise.all(held.map(async (run) => (await runOf(sql, run.id)).slot))
  expect(slots.sort()).toEqual([0, 1, 2])
})

test('of many wakeups at once that may claim, one starts the run and the others are merged into the next', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const runner = localRunner(workerId, 8)
  const answers = await Promise.all(Array.from({ length: 8 }, () => wake(crowd, id, {}, runner)))
  expect(runner.accepted).toHaveLength(1)
  expect(await findHeld(sql, workerId)).toEqual(runner.accepted)
  const [queued] = await sql<[{ count: number }]>`
    select count(*)::int as count from heartbeat_runs where agent_id = ${id} and status = 'queued'`
  expect(queued.count).toBe(1)
  expect(new Set(answers.map(({ run }) => run?.id)).size).toBe(2)
})

/** Runs SQL when the start of a run is committed. */
async function atCommit(what: string) {
  await sql.unsafe(`
    create function at_commit() returns trigger language plpgsql as $$ begin ${what}; return null; end $$;
    create constraint trigger at_commit after insert on heartbeat_run_events deferrable initially deferred
      for each row when (new.message = 'Started.') execute function at_commit()`)
}

test('two wakeups at once for the last slot of a company: one starts, the other is queued, and neither fails', async () => {
  const companyId = await company(sql, { maxConcurrentRuns: 1 })
  const [one, other] = [await agent(sql, {}, { companyId }), await agent(sql, {}, { companyId })]
  const runner = localRunner(await worker(sql), 2)
  await atCommit('perform pg_advisory_xact_lock(1)')
  const both = await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`
    const first = wake(crowd, one.id, {}, runner)
    await waiters(sql, 1)
    const second = wake(crowd, other.id, {}, runner)
    await waiters(sql, 2)
    return [first, second]
  })
  const [first, second] = await Promise.all(both)
  expect([first?.run?.status, second?.run?.status]).toEqual(['running', 'queued'])
  expect(runner.accepted.map(({ agentId }) => agentId)).toEqual([one.id])
})

test('a transaction that fails at its commit stores nothing and hands over nothing', async () => {
  const { id } = await agent(sql)
  await atCommit("raise 'not today'")
  const runner = localRunner(await worker(sql))
  await expect(wake(sql, id, {}, runner)).rejects.toThrow('not today')
  expect(runner.accepted).toEqual([])
  expect([...(await sql`select id from heartbeat_runs where agent_id = ${id}`)]).toEqual([])
  expect([...(await sql`select id from agent_wakeup_requests where agent_id = ${id}`)]).toEqual([])
  expect([...(await sql`select type from live_events where type ~ 'run|wakeup'`)]).toEqual([])
})

test('if the answer to the commit is lost, nothing is handed over, and the worker finds its run in the table', async () => {
  const { directory, user, database: name } = database.connection
  const proxy = await createProxy(join(directory, '.s.PGSQL.5432'))
  const url = `postgres://${user}@${new URL(proxy.url).host}/${name}`
  const shaky = openClient({ kind: 'url', url }, { max: 1, applicationName: 'shaky' })
  const { id } = await agent(sql)
  await atCommit('perform pg_advisory_xact_lock(1)')
  const workerId = await worker(sql)
  const runner = localRunner(workerId)
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`
    const lost = expect(wake(shaky, id, {}, runner)).rejects.toThrow()
    await waiters(sql, 1)
    proxy.cut()
    await lost
  })
  expect(runner.accepted).toEqual([])
  await eventually(async () => (await findHeld(sql, workerId)).length === 1, 'the claim is committed')
  await shaky.end({ timeout: 1 })
  await proxy.close()
})
