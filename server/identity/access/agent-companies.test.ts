import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { appRouter } from '@/server/api/routers/app-router'
import { createCallerFactory } from '@/server/api/trpc/init'
import { agent, company } from '@/tests/engine'
import { testServices } from '@/tests/services'
import type { Actor } from './actor'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-agent-companies-'))
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})
const services = testServices(database, dataDir)
const as = (actor: Actor) => createCallerFactory(appRouter)({ services, socket: null, actor: async () => actor })
const operator = as({ kind: 'operator_token', scope: null })

test('a cached agent that was removed with its company is no longer found', async () => {
  const { id: agentId, companyId } = await agent(sql)
  await operator.wakeup.create({ agentId })
  await sql`delete from companies where id = ${companyId}`
  await expect(operator.wakeup.create({ agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a cached company grants no rights to other callers, and none that were revoked', async () => {
  const { id: agentId, companyId } = await agent(sql)
  await operator.wakeup.create({ agentId })
  const stranger = as({ kind: 'agent', keyId: 'a key', agentId: crypto.randomUUID(), companyId: await company(sql) })
  await expect(stranger.wakeup.create({ agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const [{ id: personId }] = await sql<[{ id: string }]>`insert into people (name) values ('Ada') returning id`
  await sql`insert into memberships (company_id, person_id, role) values (${companyId}, ${personId}, 'operator')`
  const member = as({ kind: 'person', personId, name: 'Ada', isOwner: false, sessionId: null, scope: null })
  expect((await member.wakeup.create({ agentId })).outcome).toBe('coalesced')
  await sql`delete from memberships where person_id = ${personId}`
  await expect(member.wakeup.create({ agentId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
