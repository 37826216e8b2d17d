import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { ClaimedRun } from '@/server/engine/runs/load'
import { auditActorOf } from '@/server/identity/activity/audit-actor'
import { agent, claimOne, clear, ends, lost, runOf, wake, worker } from '@/tests/engine'
import { causeOf, triggerOf } from './input'
import type { WakeupAnswer } from './request'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const bounds = { maxDepth: 3, perHour: 100 }

/** Requests with the token of a run, or with the key of an agent if no run is given. */
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

test('agents that wake each other in circles are refused at the greatest depth, whatever they send', async () => {
  const { id: ada, companyId } = await agent(sql)
  const { id: bob } = await agent(sql, {}, { companyId })
  const server = await worker(sql)
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

test('a wakeup that is coalesced into a deep run does not reduce its depth, nor does its retry', async () => {
  const { id: ada, companyId } = await agent(sql)
  const { id: bob } = await agent(sql, {}, { companyId })
  const server = await worker(sql)
  await wake(sql, ada)
  const first = await claimOne(sql, server)
  await ask(tokenOf(first), bob)
  await wake(sql, bob)
  const deep = await claimOne(sql, server)
  expect((await runOf(sql, deep.id)).wakeDepth).toBe(1)
  await ends(sql, deep, server, lost)
  expect((await runOf(sql, (await claimOne(sql, server)).id)).wakeDepth).toBe(1)
})

test('a wakeup with an agent key has the depth of the running runs of its agent', async () => {
  const { id: ada, companyId } = await agent(sql)
  const { id: bob } = await agent(sql, {}, { companyId })
  expect((await ask({ agentId: ada }, ada)).wakeup.wakeDepth).toBe(1)
  const run = await claimOne(sql, await worker(sql))
  expect((await ask({ agentId: run.agentId }, bob)).wakeup.wakeDepth).toBe(2)
})

test('the agents of a company get exactly the hourly limit of wakeups, also at once; people are not limited', async () => {
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

test('a POST of a person is manual; one with the operator token is a ping', () => {
  const person = { kind: 'person', personId: '', name: '', isOwner: false, sessionId: null, scope: null } as const
  const program = { kind: 'operator_token', scope: null } as const
  expect([true, false].map((isPost) => triggerOf(person, undefined, isPost))).toEqual(['manual', 'manual'])
  expect([true, false].map((isPost) => triggerOf(program, undefined, isPost))).toEqual(['ping', 'manual'])
})

test('an agent may not request a manual wakeup', () => {
  const actor = { kind: 'agent', keyId: '', agentId: '', companyId: '' } as const
  expect(triggerOf(actor, undefined, true)).toBe('callback')
  expect(() => triggerOf(actor, 'manual', false)).toThrow('Only people')
})
