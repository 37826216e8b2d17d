import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { runContextSchema, wakeupEnvelopeSchema } from '@/server/domain/run-context-schema'
import { agent, claimOne, ends, lost, runOf, started, wake, worker } from '@/tests/engine'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

async function contextOf(runId: string | undefined) {
  return runContextSchema.parse((await runOf(sql, runId ?? '')).contextSnapshot)
}

test('contexts that statements assemble match the schema, key for key', async () => {
  const workerId = await worker(sql)
  const { id } = await agent(sql, { retryOnRunnerLost: 5 })
  const first = await started(sql, id, workerId, { reason: 'first', payload: { n: 1 }, contextSnapshot: { a: 1 } })
  const { run: queued } = await wake(sql, id, { payload: 2, contextSnapshot: { wakeups: 'mine', b: 2 } })
  await wake(sql, id, { source: 'automation', triggerDetail: 'callback', payload: [3] })
  const merged = await contextOf(queued?.id)
  await ends(sql, first, workerId, lost)
  const requeued = await contextOf(queued?.id)
  const claimed = await claimOne(sql, workerId)
  await ends(sql, claimed, workerId, lost)
  const [again] = await sql<[{ id: string }]>`
    select id from heartbeat_runs where retry_of_run_id = ${claimed.id}`

  const contexts = [await contextOf(first.id), merged, requeued, claimed.contextSnapshot, await contextOf(again?.id)]
  const payloads = contexts.map(({ wakeups = [] }) => wakeups.map(({ payload }) => payload))
  expect(payloads).toEqual([[{ n: 1 }], [2, [3]], [{ n: 1 }, 2, [3]], [{ n: 1 }, 2, [3]], [{ n: 1 }, 2, [3]]])
  for (const { wakeups = [] } of contexts) {
    for (const wakeup of wakeups) expect(wakeupEnvelopeSchema.parse(wakeup)).toEqual(wakeup)
  }
  expect(requeued).toMatchObject({ a: 1, b: 2 })
})
