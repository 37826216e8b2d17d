import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { transaction } from '@/db/transaction'
import { pauseAgent, resumeAgent } from '@/server/agents/status'
import { liveEventTypes } from '@/server/domain/live-event'
import { liveEventSchema } from '@/server/domain/live-event-schema'
import { cancel } from '@/server/engine/runs/cancel'
import { note } from '@/server/engine/runs/events'
import { storeNotifications } from '@/server/insight/notifications/store'
import { agent, charge, claimOne, ends, failed, lost, started, system, wake, worker } from '@/tests/engine'
import { readAfter } from './read'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('what statements tell is what the schema says, key for key', async () => {
  const workerId = await worker(sql)
  const { id, companyId } = await agent(sql)
  const first = await started(sql, id, workerId, { reason: 'first' })
  await wake(sql, id, { reason: 'next' })
  await note(sql, workerId, [
    { runId: first.id, events: [{ eventType: 'warning', level: 'warn', message: 'Careful.' }], process: null },
  ])
  await ends(sql, first, workerId, lost)
  const second = await claimOne(sql, workerId)
  await cancel(sql, second.id, 'no more')
  await ends(sql, second, workerId, { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' })
  const third = await started(sql, id, workerId)
  await ends(sql, third, workerId, { ...failed(), exitCode: 3, charges: [charge(third)] })
  await wake(sql, id, { source: 'timer', triggerDetail: 'system' })
  await pauseAgent(sql, system, id, { runs: 'cancel' })
  await expect(wake(sql, id)).rejects.toThrow()
  await resumeAgent(sql, system, id)
  const about = { companyId, agentId: id, runId: third.id, toBrowser: true, toWebhook: false }
  const failure = { ...about, dedupeKey: 'once', title: 'Ada failed', message: 'It failed.' }
  await transaction(sql, (tx) => storeNotifications(tx, [{ ...failure, kind: 'run_failed' }]))

  const { events } = await readAfter(sql, { tx: 0, id: 0 }, 1000)
  for (const { event } of events) expect(liveEventSchema.parse(event)).toEqual(event)
  expect(new Set(events.map(({ event }) => event.type))).toEqual(new Set(liveEventTypes))
})

test.each([
  ['of a type that only a newer server knows', 'hold.status', {}],
  ['without a key that this release needs', 'agent.status', { agentId: crypto.randomUUID() }],
])('an event %s is read as a reset, in its place', async (_what, type, payload) => {
  const companyId = crypto.randomUUID()
  await sql`
    insert into live_events (company_id, type, payload) values (${companyId}, ${type}, ${JSON.stringify(payload)}::text::jsonb)`
  const { events } = await readAfter(sql, { tx: 0, id: 0 }, 10, companyId)
  expect(events.map(({ event }) => event)).toMatchObject([{ companyId, type: 'live.reset', payload: {} }])
})
