import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agent, claimOne, clear, runOf, wake, worker } from '@/tests/engine'
import type { Wakeup } from './request'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const timer = { source: 'timer', triggerDetail: 'system' } as const

async function delivered(runId: string): Promise<unknown[]> {
  return (await runOf(sql, runId)).contextSnapshot.wakeups as unknown[]
}

async function wakeups(agentId: string): Promise<Wakeup[]> {
  return await sql<Wakeup[]>`select * from agent_wakeup_requests where agent_id = ${agentId} order by requested_at, id`
}

test.each(['queued', 'running'])(
  'a %s run stores one coalesced timer request, whose count the next raise',
  async (at) => {
    const { id } = await agent(sql)
    const runId = (await wake(sql, id)).run?.id
    if (at === 'running') await claimOne(sql, await worker(sql))
    for (let n = 0; n < 4; n++) {
      expect(await wake(sql, id, timer)).toMatchObject({ outcome: 'coalesced', run: { id: runId } })
    }
    const stored = await wakeups(id)
    expect(stored.map(({ source, coalescedCount }) => [source, coalescedCount])).toEqual([
      ['on_demand', 1],
      ['timer', 3],
    ])
    expect(await delivered(runId ?? '')).toHaveLength(at === 'queued' ? 2 : 1)
  },
)

const laden = { ...timer, idempotencyKey: 'k', reason: 'because', payload: 1, contextSnapshot: { a: 1 } }

test.each(['queued', 'running'])('a timer with content is stored beside the count of a %s run', async (at) => {
  const { id } = await agent(sql)
  const runId = (await wake(sql, id)).run?.id ?? ''
  if (at === 'running') await claimOne(sql, await worker(sql))
  const first = await wake(sql, id, timer)
  const kept = await wake(sql, id, laden)
  expect(kept).toMatchObject({ outcome: 'coalesced', wakeup: { idempotencyKey: 'k', reason: 'because', payload: 1 } })
  for (const more of [{ reason: 'x' }, { payload: 2 }, { contextSnapshot: { b: 2 } }, { idempotencyKey: 'l' }]) {
    expect((await wake(sql, id, { ...timer, ...more })).wakeup).toMatchObject(more)
  }
  for (const contextSnapshot of [undefined, {}]) {
    expect((await wake(sql, id, { ...timer, contextSnapshot })).wakeup.id).toBe(first.wakeup.id)
  }
  expect(await wake(sql, id, laden)).toMatchObject({ outcome: 'deduplicated', wakeup: { id: kept.wakeup.id } })
  await expect(wake(sql, id, { ...laden, payload: 2 })).rejects.toMatchObject({ reason: 'idempotency_conflict' })
  expect((await wakeups(id)).map(({ coalescedCount }) => coalescedCount)).toEqual([6, 2, 0, 0, 0, 0, 0])
  const { contextSnapshot } = await runOf(sql, runId)
  if (at === 'queued') expect(contextSnapshot).toMatchObject({ a: 1, b: 2 })
  expect(await delivered(runId)).toHaveLength(at === 'queued' ? 7 : 1)
})

test('a timer that is skipped again is counted, unless it has content', async () => {
  const { id } = await agent(sql, { enabled: false })
  for (const given of [timer, timer, laden, laden, timer, timer]) {
    expect((await wake(sql, id, given)).outcome).toBe('skipped')
  }
  expect((await wakeups(id)).map(({ payload, coalescedCount }) => [payload, coalescedCount])).toEqual([
    [null, 1],
    [1, 0],
    [1, 0],
    [null, 1],
  ])
})
