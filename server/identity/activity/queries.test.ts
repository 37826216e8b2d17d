import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createKey } from '@/server/agents/keys'
import { agent, company } from '@/tests/engine'
import { auditActorOf } from './audit-actor'
import { cellOf, type ExportFormat, sendActivity } from './export'
import { activityCursor } from './input'
import { type ActivityFilter, listActivity } from './queries'
import { recordActivity } from './record'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

const ada = auditActorOf({ kind: 'agent', keyId: 'key-1', agentId: crypto.randomUUID(), companyId: '' }, undefined)
const token = auditActorOf({ kind: 'operator_token', scope: null }, { address: '192.0.2.1', userAgent: '=cmd()' })

/** A company with this many lines in addition to those of its creation, two thirds of them wakeups. */
async function filled(count: number) {
  const { id: agentId, companyId } = await agent(sql, {}, { companyId: await company(sql) })
  for (let at = 0; at < count; at++) {
    const where = { companyId, subject: { type: 'agent', id: agentId } } as const
    const changed = [`field ${at}`]
    const wakeup = { wakeupId: crypto.randomUUID(), source: 'on_demand', status: 'queued' } as const
    if (at % 3 === 0) await recordActivity(sql, { ...where, by: token, action: 'agent.update', details: { changed } })
    else await recordActivity(sql, { ...where, by: ada, action: 'wakeup.create', details: wakeup })
  }
  return { agentId, companyId }
}

test('every line is listed once, page by page, newest first', async () => {
  const { companyId } = await filled(25)
  const whole = await listActivity(sql, { companyId }, { limit: 200 })
  const ids = []
  let cursor: string | null = null
  do {
    const page = await listActivity(
      sql,
      { companyId },
      { limit: 4, cursor: cursor ? activityCursor.parse(cursor) : null },
    )
    ids.push(...page.items.map((line) => line.id))
    cursor = page.nextCursor
  } while (cursor)
  expect(ids).toEqual(whole.items.map((line) => line.id))
  expect(ids).toEqual(ids.toSorted((a, b) => b - a))
  expect(ids).toHaveLength(27)
  expect(activityCursor.safeParse('nonsense').success).toBe(false)
})

test('each filter selects its lines, and never those of other companies', async () => {
  const { agentId, companyId } = await filled(9)
  await filled(3)
  const count = async (filter: Omit<ActivityFilter, 'companyId'>) =>
    (await listActivity(sql, { companyId, ...filter }, { limit: 200 })).items.length
  expect(await count({ action: 'agent.update' })).toBe(3)
  expect(await count({ actorId: ada.id ?? '' })).toBe(6)
  expect(await count({ subjectId: agentId })).toBe(10)
  expect(await count({ subjectType: 'company' })).toBe(1)
  expect(await count({ since: new Date(Date.now() + 60_000) })).toBe(0)
  expect(await count({ until: new Date(Date.now() + 60_000), since: new Date(Date.now() - 600_000) })).toBe(11)
  const [line] = (await listActivity(sql, { companyId, action: 'agent.update' }, { limit: 1 })).items
  expect(line).toMatchObject({ subjectName: 'Ada', actorName: null, address: '192.0.2.1', via: 'operator_token' })
})

test('keys and invitations are listed with their names', async () => {
  const { agentId, companyId } = await filled(0)
  await createKey(sql, token, { agentId, companyId }, 'The deploy hook')
  const [invitation] = await sql<[{ id: string }]>`
    insert into invitations (company_id, email, role, token_hash, expires_at)
    values (${companyId}, 'grace@example.com', 'viewer', ${crypto.randomUUID()}, now()) returning id`
  const subject = { type: 'member', id: invitation.id } as const
  const details = { email: 'grace@example.com', role: 'viewer' } as const
  await recordActivity(sql, { companyId, by: token, action: 'member.invite', subject, details })
  const { items } = await listActivity(sql, { companyId }, { limit: 2 })
  expect(items.map((line) => line.subjectName)).toEqual(['grace@example.com', 'The deploy hook'])
})

async function download(filter: ActivityFilter, format: ExportFormat): Promise<string> {
  const server = createServer((_request, response: ServerResponse) => void sendActivity(sql, response, filter, format))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    return await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).text()
  } finally {
    server.close()
  }
}

test('the download contains every line beyond one page, and no cell that a spreadsheet would execute', async () => {
  const { companyId } = await filled(0)
  await sql`
    insert into activity_log (company_id, actor_type, action, subject_type, created_at)
    select ${companyId}, 'system', 'test.many', 'company', now() - n * interval '1 ms' from generate_series(1, 2500) n`
  const lines = (await download({ companyId }, 'ndjson')).trim().split('\n')
  expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(2502)
  const { companyId: other } = await filled(1)
  const csv = (await download({ companyId: other, action: 'agent.update' }, 'csv')).trim().split('\r\n')
  expect(csv).toHaveLength(2)
  expect(csv[1]).toContain(`"'=cmd()"`)
  expect([cellOf('a "b", c'), cellOf('-1'), cellOf(null)]).toEqual(['"a ""b"", c"', `"'-1"`, ''])
})
