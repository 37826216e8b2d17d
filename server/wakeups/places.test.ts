import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { findHeld } from '@/server/runs/claim'
import {
  agent,
  agentOf,
  claimOne,
  clear,
  company,
  life,
  placeOf,
  runOf,
  started,
  waiters,
  wake,
} from '@/server/testing/engine'
import { eventually } from '@/server/testing/eventually'
import { createProxy } from '@/server/testing/proxy'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 8, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

async function factsOf(runId: string) {
  const [events, news, [wakeup]] = await Promise.all([
    sql`select seq, message, payload ->> 'status' as status from heartbeat_run_events where run_id = ${runId} order by seq`,
    sql`select type, payload ->> 'status' as status from live_events order by id`,
    sql`select status, claimed_at from agent_wakeup_requests where run_id = ${runId}`,
  ])
  return { events: [...events], news: [...news], wakeup }
}

test('a wakeup that has a place starts its run where it is queued, and answers what was queued', async () => {
  const { id } = await agent(sql)
  await sql`update agent_runtime_state set session_id = 's-1', session_version = 4 where agent_id = ${id}`
  await sql`truncate live_events`
  const serverId = await life(sql)
  const place = placeOf(serverId)
  const taking = place.taking()
  const { outcome, run, wakeup } = await wake(sql, id, { payload: { n: 1 } }, taking)

  expect(outcome).toBe('queued')
  expect(run).toMatchObject({ status: 'queued', startedAt: null, serverId: null, adapterType: null })
  expect(wakeup).toMatchObject({ status: 'queued', claimedAt: null })
  const runId = run?.id ?? ''
  expect(await runOf(sql, runId)).toMatchObject({
    status: 'running',
    serverId,
    slot: 0,
    startedAt: expect.any(Date),
    adapterType: 'process',
    sessionIdBefore: 's-1',
    sessionVersion: 4,
    lastEventSeq: 2,
  })
  expect((await agentOf(sql, id)).status).toBe('running')
  const facts = await factsOf(runId)
  expect(facts.events).toEqual([
    { seq: 1, message: 'Queued.', status: 'queued' },
    { seq: 2, message: 'Started.', status: 'running' },
  ])
  expect(facts.wakeup).toEqual({ status: 'claimed', claimedAt: expect.any(Date) })
  expect(facts.news).toEqual([
    { type: 'heartbeat.run.queued', status: 'queued' },
    { type: 'wakeup.status', status: 'queued' },
    { type: 'heartbeat.run.status', status: 'running' },
    { type: 'agent.status', status: 'running' },
    { type: 'wakeup.status', status: 'claimed' },
  ])
  // The runner is given what a claim would have told it.
  expect(place.prepared).toEqual([...(await findHeld(sql, serverId, []))])
  expect(place.ends).toEqual(['handed over'])
  expect(taking.nudges()).toEqual(['live'])
})

test.each(['queued', 'started'])(
  'a wakeup that waited for its agent has one time, as has its run (%s)',
  async (how) => {
    const { id } = await agent(sql)
    const serverId = await life(sql)
    const taking = how === 'started' ? placeOf(serverId).taking() : undefined
    const { run } = await afterWaiting(id, () => wake(crowd, id, {}, taking))
    const [times] = await sql<Record<string, Date>[]>`
    select w.requested_at, r.created_at, r.queue_position, w.claimed_at, r.started_at, a.last_heartbeat_at,
      (select created_at from heartbeat_run_events where run_id = r.id and seq = 1) as queued_at,
      (select created_at from heartbeat_run_events where run_id = r.id and seq = 2) as running_at
    from heartbeat_runs r join agent_wakeup_requests w on w.id = r.wakeup_request_id join agents a on a.id = r.agent_id
    where r.id = ${run?.id ?? ''}`
    const { requestedAt, createdAt, queuePosition, queuedAt, ...ofStart } = times ?? {}
    expect([createdAt, queuePosition, queuedAt]).toEqual([requestedAt, requestedAt, requestedAt])
    const start = how === 'started' ? requestedAt : null
    expect(ofStart).toEqual({ claimedAt: start, startedAt: start, lastHeartbeatAt: start, runningAt: start })
  },
)

/** What `work` does after it has waited, for long enough to be told apart, for the lock of an agent. */
async function afterWaiting<T>(agentId: string, work: () => Promise<T>): Promise<T> {
  let done: Promise<T> | undefined
  await crowd.begin(async (tx) => {
    await tx`select from agents where id = ${agentId} for no key update`
    done = work()
    await waiters(sql, 1)
    await tx`select pg_sleep(0.02)`
  })
  if (!done) throw new Error('no work was begun')
  return await done
}

describe('a wakeup only queues its run', () => {
  async function onlyQueues(agentId: string, serverId: string, ends: string[]) {
    const place = placeOf(serverId)
    const taking = place.taking()
    const { run } = await wake(sql, agentId, {}, taking)
    expect(await runOf(sql, run?.id ?? '')).toMatchObject({ status: 'queued', slot: null, lastEventSeq: 1 })
    expect(place).toMatchObject({ prepared: [], ends })
    expect(taking.nudges()).toEqual(['runs', 'live'])
  }

  test('where the life that lent the place is over: the place goes back', async () => {
    await onlyQueues((await agent(sql)).id, await life(sql, { leaseMs: -1 }), ['unused'])
  })

  test('where the agent runs as often as it may', async () => {
    const { id } = await agent(sql)
    const serverId = await life(sql)
    await started(sql, id, serverId)
    await onlyQueues(id, serverId, [])
  })

  test('where its company has a limit, which the claims keep', async () => {
    const companyId = await company(sql, { maxConcurrentRuns: 1 })
    await onlyQueues((await agent(sql, {}, { companyId })).id, await life(sql), [])
  })
})

test('runs of one agent beside each other take different slots, whichever way they start', async () => {
  const { id } = await agent(sql, { maxConcurrentRuns: 3 })
  const serverId = await life(sql)
  await wake(sql, id, {}, placeOf(serverId).taking())
  await wake(sql, id)
  await claimOne(sql, serverId)
  await wake(sql, id, {}, placeOf(serverId).taking())
  const held = await findHeld(sql, serverId, [])
  const slots = await Promise.all(held.map(async (run) => (await runOf(sql, run.id)).slot))
  expect(slots.sort()).toEqual([0, 1, 2])
})

test('of many wakeups at once, each with a place, one starts the run and the others wait for the next', async () => {
  const { id } = await agent(sql)
  const serverId = await life(sql)
  const places = Array.from({ length: 8 }, () => placeOf(serverId))
  const answers = await Promise.all(places.map((place) => wake(crowd, id, {}, place.taking())))
  expect(places.flatMap((place) => place.ends)).toEqual(['handed over'])
  expect(await findHeld(sql, serverId, [])).toHaveLength(1)
  const [queued] = await sql<[{ count: number }]>`
    select count(*)::int as count from heartbeat_runs where agent_id = ${id} and status = 'queued'`
  expect(queued.count).toBe(1)
  expect(new Set(answers.map(({ run }) => run?.id)).size).toBe(2)
})

/** What happens when a run's first event is committed. */
async function atCommit(what: string) {
  await sql.unsafe(`
    create function at_commit() returns trigger language plpgsql as $$ begin ${what}; return null; end $$;
    create constraint trigger at_commit after insert on heartbeat_run_events deferrable initially deferred
      for each row execute function at_commit()`)
}

test('a transaction that is refused at its commit leaves nothing, and the place goes back', async () => {
  const { id } = await agent(sql)
  await atCommit("raise 'not today'")
  const place = placeOf(await life(sql))
  await expect(wake(sql, id, {}, place.taking())).rejects.toThrow('not today')
  await expect(wake(sql, id)).rejects.toThrow('not today')
  await sql`drop function at_commit cascade`
  expect(place.prepared).toHaveLength(1)
  expect(place.ends).toEqual(['unused'])
  expect([...(await sql`select id from heartbeat_runs where agent_id = ${id}`)]).toEqual([])
  expect([...(await sql`select id from agent_wakeup_requests where agent_id = ${id}`)]).toEqual([])
  expect([...(await sql`select type from live_events where type ~ 'run|wakeup'`)]).toEqual([])
})

test('where the answer to the commit is lost, the runner is told to look', async () => {
  const { directory, user, database: name } = database.connection
  const proxy = await createProxy(join(directory, '.s.PGSQL.5432'))
  const url = `postgres://${user}@${new URL(proxy.url).host}/${name}`
  const shaky = openClient({ kind: 'url', url }, { max: 1, applicationName: 'shaky' })
  const { id } = await agent(sql)
  await atCommit('perform pg_sleep(0.5)')
  const place = placeOf(await life(sql))
  const lost = expect(wake(shaky, id, {}, place.taking())).rejects.toThrow()
  await eventually(() => place.prepared.length > 0, 'it is prepared')
  proxy.cut()
  await lost
  expect(place.ends).toEqual(['perhaps used'])
  await sql`drop function at_commit cascade`
  await shaky.end({ timeout: 1 })
  await proxy.close()
})
