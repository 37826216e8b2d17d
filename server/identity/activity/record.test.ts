import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agent, clear, wake } from '@/tests/engine'
import { auditActorOf } from './audit-actor'
import { recordActivity } from './record'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const by = auditActorOf({ kind: 'operator_token', scope: null }, { address: '10.1.2.3', userAgent: 'curl/8.5' })

test('a wakeup records its requester and origin in the transaction that stores it; a timer records no line', async () => {
  const { id, companyId } = await agent(sql)
  await wake(sql, id, { actor: by })
  await wake(sql, id, { actor: by })
  await wake(sql, id)
  const rows = await sql`
    select company_id, actor_type, action, subject_type, subject_id, address, user_agent, via, details ->> 'status' as status
    from activity_log where company_id = ${companyId} and action = 'wakeup.create' order by id`
  const line = { companyId, actorType: 'user', action: 'wakeup.create', subjectType: 'agent', subjectId: id }
  const from = { address: '10.1.2.3', userAgent: 'curl/8.5', via: 'operator_token' }
  expect(rows).toEqual([
    { ...line, ...from, status: 'queued' },
    { ...line, ...from, status: 'coalesced' },
  ])
})

test('recorded lines are never edited, and only retention removes old ones', async () => {
  const subject = { type: 'installation', id: null } as const
  await recordActivity(sql, { companyId: null, by, action: 'session.endAll', subject })
  await expect(sql`update activity_log set action = 'other'`).rejects.toThrow('never edited')
  await expect(sql`delete from activity_log`).rejects.toThrow('never edited')
  const left = await sql.begin(async (tx) => {
    await tx`set local reveille.retention = 'on'`
    await tx`delete from activity_log where action = 'session.endAll'`
    return await tx`select from activity_log where action = 'session.endAll'`
  })
  expect(left).toHaveLength(0)
})
