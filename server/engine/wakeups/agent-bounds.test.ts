import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { ClaimedRun } from '@/server/engine/runs/load'
import { auditActorOf } from '@/server/identity/activity/audit-actor'
import { agent, claimOne, clear, ends, life, lost, runOf, wake } from '@/tests/engine'
import { causeOf, triggerOf } from './input'
import type { WakeupAnswer } from './request'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const bounds = { maxDepth: 3, perHour: 100 }

/** Asks with the token of a run, or with the key of an agent where no run is given. */
function ask(
  of: { agentId: string; runId?: string },
  agentId: string,
  within = bounds,
  wish = {},
): Promise<WakeupAnswer> {
  const { runId } = of
  const actor = runId
    ? ({ kind: 'run', runId, agentId: of.agentId, companyId: '' } as const)
    : ({ kind: 'agent', keyId: randomUUID(), agentId: of.agentId, companyId: '' } as const)
  const cause = causeOf(actor, within)
  return wake(sql, agentId, { triggerDetail: 'callback', actor: auditActorOf(actor, undefined), cause, ...wish })
}

const tokenOf = (run: ClaimedRun) => ({ agentId: run.agentId, runId: run.id })

test('agents that wake each other in circles are stopped at the depth, whatever they send, and told so', async () => {
  const { id: ada, companyId } = await agent(sql)
  const { id: bob } = await agent(sql, {}, { companyId })
  const server = await life(sql)
  await wake(sql, ada)
  let run = await claimOne(sql, server)
  const depths = []
  for (const next of [bob, ada, bob]) {
    await ask(tokenOf(run), next, bounds, { contextSnapshot: { wakeDepth: -1000 } })
    await ends(sql, run, server)
    run = await claimOne(sql, server)
    depths.push([run.contextSnapshot.wakeDepth, (await runOf(sql, run.id)).wakeDepth])
  }
  expect(depths).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
  for (let times = 0; times < 5; times++) {
    await expect(ask(tokenOf(run), ada)).rejects.toMatchObject({ reason: 'wakeup.too_deep' })
  }
  const receipts = await sql`
    select status, skip_reason, coalesced_count, wake_depth from agent_wakeup_requests where skip_reason is not null`
  expect(receipts).toEqual([{ status: 'skipped', skipReason: 'wakeup.too_deep', coalescedCount: 4, wakeDepth: 4 }])
  await ends(sql, run, server)
  expect((await wake(sql, ada)).outcome).toBe('queued')
})

test('a wish that joins a deep run does not make it shallow, nor does the retry of one', async () => {
  const { id: ada, companyId } = await agent(sql)
  const { id: bob } = await agent(sql, {}, { companyId })
  const server = await life(sql)
  await wake(sql, ada)
  const first = await claimOne(sql, server)
  await ask(tokenOf(first), bob)
  await wake(sql, bob)
  const deep = await claimOne(sql, server)
  expect((await runOf(sql, deep.id)).wakeDepth).toBe(1)
  await ends(sql, deep, server, lost)
  expect((await runOf(sql, (await claimOne(sql, server)).id)).wakeDepth).toBe(1)
})

test('a key is as deep as what its agent runs: it is no way around the depth', async () => {
  const { id: ada, companyId } = await agent(sql)
  const { id: bob } = await agent(sql, {}, { companyId })
  expect((await ask({ agentId: ada }, ada)).wakeup.wakeDepth).toBe(1)
  const run = await claimOne(sql, await life(sql))
  expect((await ask({ agentId: run.agentId }, bob)).wakeup.wakeDepth).toBe(2)
})

test('the hour of a company holds exactly so many wakeups of its agents, however many ask at once; people pass', async () => {
  const { id: ada, companyId } = await agent(sql, { whenRunning: 'coalesce' })
  const others = await Promise.all([0, 1, 2, 3].map(() => agent(sql, {}, { companyId })))
  const within = { maxDepth: 3, perHour: 10 }
  const wishes = Array.from({ length: 40 }, (_wish, at) => ask({ agentId: ada }, others[at % 4]?.id ?? '', within))
  const answers = await Promise.allSettled(wishes)
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.reason] : []))
  expect(refused).toEqual(Array(30).fill('wakeup.too_many'))
  expect((await wake(sql, ada)).outcome).toBe('queued')
  const elsewhere = await agent(sql)
  expect((await ask({ agentId: elsewhere.id }, elsewhere.id, within)).outcome).toBe('queued')
})

test('what people post is by hand as well; what posts with the token of the server is a ping', () => {
  const person = { kind: 'person', personId: '', name: '', isOwner: false, sessionId: null, scope: null } as const
  const program = { kind: 'operator_token', scope: null } as const
  expect([true, false].map((isPost) => triggerOf(person, undefined, isPost))).toEqual(['manual', 'manual'])
  expect([true, false].map((isPost) => triggerOf(program, undefined, isPost))).toEqual(['ping', 'manual'])
})

test('an agent does not pass for a person', () => {
  const actor = { kind: 'agent', keyId: '', agentId: '', companyId: '' } as const
  expect(triggerOf(actor, undefined, true)).toBe('callback')
  expect(() => triggerOf(actor, 'manual', false)).toThrow('Only people')
})
