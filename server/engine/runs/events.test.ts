import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { runEventSchema } from '@/server/domain/run-event-schema'
import { usageEvent } from '@/server/engine/charges/report'
import { agent, charge, claimOne, ends, failed, lost, started, wake, worker } from '@/tests/engine'
import { cancel } from './cancel'
import { note } from './events'
import { listEvents } from './queries'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('events that statements write match the schema, key for key', async () => {
  const workerId = await worker(sql)
  const { id } = await agent(sql, {}, { budgetMonthlyMicros: 5000 })
  const first = await started(sql, id, workerId)
  await note(sql, workerId, [{ runId: first.id, events: [usageEvent(charge(first))], process: null }])
  await cancel(sql, first.id, 'no more')
  await ends(sql, first, workerId, { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' })
  const second = await started(sql, id, workerId)
  await ends(sql, second, workerId, { ...failed(), exitCode: 3, signal: 'SIGHUP', charges: [charge(second)] })
  const third = await started(sql, id, workerId)
  await ends(sql, third, workerId, lost)
  const fourth = await claimOne(sql, workerId)
  await ends(sql, fourth, workerId)
  const { run: last } = await wake(sql, id)

  const runIds = [first.id, second.id, third.id, fourth.id, last?.id ?? '']
  const lists = await Promise.all(runIds.map((runId) => listEvents(sql, { runId, afterSeq: 0, limit: 100 })))
  const events = lists.flatMap(({ items }) => items.map(({ eventType, payload }) => ({ eventType, payload })))
  for (const event of events) expect(runEventSchema.parse(event)).toEqual(event)
  expect(lists.map(({ items }) => items.map(({ eventType }) => eventType))).toEqual([
    ['lifecycle', 'lifecycle', 'usage', 'warning', 'lifecycle'],
    ['lifecycle', 'lifecycle', 'warning', 'lifecycle'],
    ['lifecycle', 'lifecycle', 'lifecycle'],
    ['lifecycle', 'lifecycle', 'lifecycle'],
    ['lifecycle'],
  ])
})
