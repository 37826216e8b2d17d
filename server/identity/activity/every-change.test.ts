import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createKey } from '@/server/agents/keys'
import { appRouter } from '@/server/api/routers/app-router'
import { createCallerFactory } from '@/server/api/trpc/init'
import { knownActions } from '@/server/domain/activity'
import { activityDetailsSchemas } from '@/server/domain/activity-details-schema'
import type { Actor } from '@/server/identity/access/actor'
import { createSession } from '@/server/identity/access/sessions'
import { setSecret } from '@/server/secrets/secrets'
import { agent, ends, secretKey, started, system, wake, worker } from '@/tests/engine'
import { testServices } from '@/tests/services'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-activity-'))
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})
const services = testServices(database, dataDir)
const createCaller = createCallerFactory(appRouter)
const from = { address: '192.0.2.7', userAgent: 'curl/8.5.0' }

type Scene = Awaited<ReturnType<typeof scene>>

async function scene() {
  // Runs that earlier tests left in the queue are not claimed here.
  await sql`update companies set status = 'paused'`
  const { id: agentId, companyId } = await agent(sql)
  const workerId = await worker(sql)
  const { id: endedId } = await started(sql, agentId, workerId)
  await ends(sql, { id: endedId, agentId }, workerId)
  const { run } = await wake(sql, agentId)
  const [person] = await sql<[{ id: string }]>`
    insert into people (name, email) values ('Ada', ${`${crypto.randomUUID()}@example.com`}) returning id`
  await sql`insert into memberships (company_id, person_id, role) values (${companyId}, ${person.id}, 'owner')`
  await createSession(sql, person.id)
  const [session] = await sql<[{ id: string }]>`select id from sessions where person_id = ${person.id}`
  return { agentId, companyId, endedId, runId: run?.id ?? '', personId: person.id, sessionId: session.id }
}

const config = { adapterType: 'process', adapterConfig: { command: 'true' } }

/** One input for every procedure that changes data, each in a separate company. */
const inputs: Record<string, (scene: Scene, as: ReturnType<typeof createCaller>) => unknown> = {
  'account.update': () => ({ name: 'Ada Lovelace' }),
  'account.endSession': ({ sessionId }) => ({ sessionId }),
  'account.signOutEverywhere': () => undefined,
  'agent.create': ({ companyId }) => ({ companyId, name: 'Bob', ...config }),
  'agent.update': ({ agentId }) => ({ agentId, name: 'Bob' }),
  'agent.pause': ({ agentId }) => ({ agentId }),
  'agent.resume': ({ agentId }) => ({ agentId }),
  'agent.terminate': ({ agentId }) => ({ agentId }),
  'agent.resetSession': ({ agentId }) => ({ agentId }),
  'agent.createKey': ({ agentId }) => ({ agentId, name: 'key' }),
  'agent.revokeKey': async ({ agentId, companyId }) => {
    const { id: keyId } = await createKey(sql, system, { agentId, companyId }, 'key')
    return { agentId, keyId }
  },
  'company.create': () => ({ name: 'Acme' }),
  'company.createExample': () => undefined,
  'company.removeExample': async ({ companyId }) => {
    await sql`update companies set is_example = true where id = ${companyId}`
    return { companyId }
  },
  'company.update': ({ companyId }) => ({ companyId, name: 'Acme again' }),
  'member.invite': ({ companyId }) => ({ companyId, email: 'bob@example.com', role: 'viewer' }),
  'member.update': async ({ companyId }, as) => {
    const { id: memberId } = await as.member.invite({ companyId, email: 'eve@example.com', role: 'viewer' })
    return { companyId, memberId, role: 'operator' }
  },
  'member.remove': async ({ companyId }, as) => {
    const { id: memberId } = await as.member.invite({ companyId, email: 'mallory@example.com', role: 'viewer' })
    return { companyId, memberId }
  },
  'notification.setRule': ({ companyId }) => ({ companyId, kind: 'run_failed', toBrowser: true, toWebhook: false }),
  'notification.setWebhook': ({ companyId }) => ({ companyId, url: 'https://hooks.example.com/x' }),
  'notification.removeWebhook': async ({ companyId }, as) => {
    await as.notification.setWebhook({ companyId, url: 'https://hooks.example.com/x' })
    return { companyId }
  },
  'notification.sendAgain': async ({ companyId }, as) => {
    await as.notification.setWebhook({ companyId, url: 'https://hooks.example.com/x' })
    await as.notification.test({ companyId })
    const [ended] = await sql<[{ id: string }]>`
      update notification_deliveries set status = 'delivered', finished_at = now() where company_id = ${companyId}
      returning id`
    return { companyId, deliveryId: ended.id }
  },
  'run.cancel': ({ runId }) => ({ runId }),
  'run.retry': ({ endedId }) => ({ runId: endedId }),
  'secret.set': ({ companyId }) => ({ companyId, name: 'NAME', value: 'a value that is nowhere in the log' }),
  'secret.remove': async ({ companyId }) => {
    await setSecret(sql, system, secretKey, { companyId, name: 'NAME', value: 'a value' })
    return { companyId, name: 'NAME' }
  },
  'token.create': ({ companyId }) => ({ name: 'token', companyId }),
  'token.revoke': async ({ companyId }, as) => ({ tokenId: (await as.token.create({ name: 'token', companyId })).id }),
  'wakeup.create': ({ agentId }) => ({ agentId }),
}

const exempt: Record<string, string> = {
  'adapter.check': 'it looks and changes nothing',
  'notification.markRead': 'what one has read is one’s own affair',
  'notification.test': 'the delivery it makes is its record',
  'cost.report': 'a charge is its own record: immutable, with its run, and told by the run’s event',
}

const mutations = Object.entries(appRouter._def.procedures)
  .filter(([, procedure]) => (procedure as unknown as { _def: { type: string } })._def.type === 'mutation')
  .map(([path]) => path)

test('every procedure that changes data is tested here, or excluded with a reason', () => {
  expect(mutations.toSorted()).toEqual([...Object.keys(inputs), ...Object.keys(exempt)].toSorted())
})

test.each(Object.keys(inputs))('%s records a line with actor, action, subject and origin', async (path) => {
  const at = await scene()
  const actor: Actor = {
    kind: 'person',
    personId: at.personId,
    name: 'Ada',
    isOwner: path.startsWith('company.create'),
    sessionId: at.sessionId,
    scope: null,
  }
  const caller = createCaller({ services, actor: async () => actor, socket: null, caller: from })
  const input = await inputs[path]?.(at, caller)
  const [{ last }] = await sql<[{ last: number }]>`select coalesce(max(id), 0) as last from activity_log`
  const call = path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], caller)
  await (call as (input: unknown) => Promise<unknown>)(input)
  const lines = await sql`select * from activity_log where id > ${last}`
  expect(lines.map((line) => line.action)).toContain(path === 'run.retry' ? 'wakeup.create' : (renamed[path] ?? path))
  for (const line of lines) {
    expect(line).toMatchObject({ actorType: 'user', actorId: at.personId, ...from, via: 'person', viaId: at.sessionId })
    if (line.companyId !== null && !path.startsWith('company.create')) expect(line.companyId).toBe(at.companyId)
    expect(line.subjectId).toMatch(/./)
    expect(detailsSchemaOf(line.action).parse(line.details)).toEqual(line.details)
    expect(JSON.stringify(line)).not.toContain('nowhere in the log')
  }
})

const renamed: Record<string, string> = {
  'account.endSession': 'session.end',
  'company.createExample': 'company.create',
  'account.signOutEverywhere': 'session.endAll',
}

function detailsSchemaOf(action: string) {
  const known = knownActions.find((each) => each === action)
  if (!known) throw new Error(`no such action: ${action}`)
  return activityDetailsSchemas[known]
}
