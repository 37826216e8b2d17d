import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { agent, claimOne, clear, ends, lost, waiters, wake, worker } from '@/tests/engine'
import { cancel } from './cancel'
import { note } from './events'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 8, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

/** Writes a note on the run while the transaction of `work` waits for the agent's lock. */
async function overtaken<T>(run: { id: string; agentId: string }, workerId: string, work: () => Promise<T>) {
  let done: Promise<T> | undefined
  await crowd.begin(async (tx) => {
    await tx`select from agents where id = ${run.agentId} for no key update`
    done = work()
    await waiters(sql, 1)
    await tx`select pg_sleep(0.02)`
    await note(sql, workerId, [
      { runId: run.id, process: null, events: [{ eventType: 'warning', message: 'Between.' }] },
    ])
    await tx`select pg_sleep(0.02)`
  })
  return await done
}

type Times = Record<'createdAt' | 'startedAt' | 'cancelRequestedAt' | 'finishedAt' | 'claimedAt' | 'wokenUntil', Date> &
  Record<'lastHeartbeatAt' | 'lastRunFinishedAt', Date>

async function timesOf(runId: string) {
  const events = await sql<{ message: string; createdAt: Date }[]>`
    select message, created_at from heartbeat_run_events where run_id = ${runId} order by seq`
  const [times] = await sql<Times[]>`
    select r.created_at, r.started_at, r.cancel_requested_at, r.finished_at, w.claimed_at, w.finished_at as woken_until,
      a.last_heartbeat_at, a.last_run_finished_at
    from heartbeat_runs r join agents a on a.id = r.agent_id
      left join agent_wakeup_requests w on w.id = r.wakeup_request_id
    where r.id = ${runId}`
  if (!times) throw new Error(`no run ${runId}`)
  const at = (message: string) => events.find((event) => event.message === message)?.createdAt
  return { ...times, at, inOrder: events.map(({ createdAt }) => createdAt) }
}

test('the times of a run and of its events are in order, and equal for one change', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  await wake(sql, id)
  const run = await claimOne(sql, workerId)
  await overtaken(run, workerId, () => cancel(crowd, run.id, 'enough'))
  await overtaken(run, workerId, () =>
    ends(crowd, run, workerId, { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' }),
  )
  const times = await timesOf(run.id)
  expect(times.inOrder).toHaveLength(6)
  expect(times.inOrder).toEqual(times.inOrder.toSorted((a, b) => a.getTime() - b.getTime()))
  expect(times.at('Queued.')).toEqual(times.createdAt)
  for (const start of [times.at('Started.'), times.claimedAt, times.lastHeartbeatAt]) {
    expect(start).toEqual(times.startedAt)
  }
  expect(times.at('Cancel requested: enough')).toEqual(times.cancelRequestedAt)
  for (const end of [times.at('enough'), times.wokenUntil, times.lastRunFinishedAt]) {
    expect(end).toEqual(times.finishedAt)
  }
})

test('a retry is created after the end of the lost run', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  await wake(sql, id)
  const run = await claimOne(sql, workerId)
  const ended = await overtaken(run, workerId, () => ends(crowd, run, workerId, lost))
  const retry = await timesOf(ended?.[0]?.retryRunId ?? '')
  expect(retry.createdAt.getTime()).toBeGreaterThanOrEqual((await timesOf(run.id)).finishedAt.getTime())
  expect(retry.at('Queued again.')).toEqual(retry.createdAt)
})
