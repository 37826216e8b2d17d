import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { runEventSchema } from '@/server/domain/run-event-schema'
import { usageEvent } from '@/server/engine/charges/report'
import { agent, charge, claimOne, ends, failed, life, lost, started, wake } from '@/tests/engine'
import { cancel } from './cancel'
import { note } from './events'
import { listEvents } from './queries'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('the events that statements write are what the schema says, key for key', async () => {
  const serverId = await life(sql)
  const { id } = await agent(sql, {}, { budgetMonthlyMicros: 5000 })
  const first = await started(sql, id, serverId)
  await note(sql, serverId, [{ runId: first.id, events: [usageEvent(charge(first))], process: null }])
  await cancel(sql, first.id, 'no more')
  await ends(sql, first, serverId, { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' })
  const second = await started(sql, id, serverId)
  await ends(sql, second, serverId, { ...failed(), exitCode: 3, signal: 'SIGHUP', charges: [charge(second)] })
  const third = await started(sql, id, serverId)
  await ends(sql, third, serverId, lost)
  const fourth = await claimOne(sql, serverId)
  await ends(sql, fourth, serverId)
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
