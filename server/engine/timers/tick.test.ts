import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent, resumeAgent, terminateAgent } from '@/server/agents/status'
import { updateAgent } from '@/server/agents/write'
import {
  agent,
  agentOf,
  claimOne,
  clear,
  ends,
  failed,
  localRunner,
  secretKey,
  silent,
  system,
  wake,
  worker,
} from '@/tests/engine'
import { tick } from './tick'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 8, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

/** Makes the slot `lateSec` ago, on the database's clock. */
async function makeDue(agentId: string, lateSec = 1): Promise<Date> {
  const [row] = await sql<[{ slot: Date }]>`
    update agents set next_heartbeat_at = now() - ${lateSec} * interval '1 second' where id = ${agentId}
    returning next_heartbeat_at as slot`
  return row.slot
}

async function wakeupsOf(agentId: string) {
  return await sql<{ source: string; status: string; coalescedCount: number; skipReason: string | null }[]>`
    select source, status, coalesced_count, skip_reason from agent_wakeup_requests
    where agent_id = ${agentId} order by requested_at, id`
}

async function secondsAhead(agentId: string): Promise<number> {
  const [row] = await sql<[{ ahead: number }]>`
    select extract(epoch from next_heartbeat_at - now())::float8 as ahead from agents where id = ${agentId}`
  return row.ahead
}

test('a due timer fires once, however many slots were missed, and keeps its phase', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  const slot = await makeDue(id, 3605)
  expect(await tick(sql, silent)).toBe(1)
  expect(await tick(sql, silent)).toBe(0)
  expect(await wakeupsOf(id)).toEqual([{ source: 'timer', status: 'queued', coalescedCount: 0, skipReason: null }])
  const next = (await agentOf(sql, id)).nextHeartbeatAt?.getTime() ?? 0
  expect(next - slot.getTime()).toBe(3660_000)
})

test('an agent that is not due does not fire, and a new one is spread over its interval', async () => {
  const made = []
  for (let n = 0; n < 20; n++) made.push((await agent(sql, { intervalSec: 3600 })).id)
  expect(await tick(sql, silent)).toBe(0)
  const ahead = await Promise.all(made.map(secondsAhead))
  expect(Math.min(...ahead)).toBeGreaterThan(-1)
  expect(Math.max(...ahead)).toBeLessThanOrEqual(3600)
  expect(Math.max(...ahead) - Math.min(...ahead)).toBeGreaterThan(600)
})

test('servers that tick at once fire each slot once', async () => {
  const made = []
  for (let n = 0; n < 12; n++) made.push((await agent(sql, { intervalSec: 60 })).id)
  for (const id of made) await makeDue(id)
  const fired = await Promise.all(Array.from({ length: 4 }, () => tick(crowd, silent)))
  expect(fired.reduce((sum, count) => sum + count, 0) + (await tick(sql, silent))).toBe(12)
  for (const id of made) expect(await wakeupsOf(id)).toMatchObject([{ status: 'queued', coalescedCount: 0 }])
})

test('an agent whose timer cannot fire does not stop the others', async () => {
  const made = []
  for (let n = 0; n < 6; n++) made.push((await agent(sql, { intervalSec: 60 })).id)
  for (const [n, id] of made.entries()) await makeDue(id, 60 - n)
  await sql`update agents set runtime_config = '{"heartbeat":{"intervalSec":"often"}}' where id = ${made[0] ?? ''}`
  await sql`update agents set runtime_config = '{"heartbeat":null}' where id = ${made[3] ?? ''}`
  expect(await tick(sql, silent)).toBe(4)
  for (const n of [1, 2, 4, 5]) expect(await wakeupsOf(made[n] ?? '')).toHaveLength(1)
})

test('a locked agent is skipped, and fires at the next tick', async () => {
  const [held, other] = [await agent(sql, { intervalSec: 60 }), await agent(sql, { intervalSec: 60 })]
  for (const { id } of [held, other]) await makeDue(id)
  const faults: unknown[] = []
  const log = Object.assign(Object.create(silent), { error: (fault: unknown) => faults.push(fault) })
  await sql.begin(async (tx) => {
    await tx`select from agents where id = ${held.id} for no key update`
    expect(await tick(crowd, log)).toBe(1)
  })
  expect(await wakeupsOf(held.id)).toEqual([])
  expect(await tick(sql, log)).toBe(1)
  expect(faults).toEqual([])
})

test('other wakeups, and the runs they make, do not move the timer', async () => {
  const { id } = await agent(sql, { intervalSec: 3600 })
  const before = (await agentOf(sql, id)).nextHeartbeatAt
  const workerId = await worker(sql)
  for (const source of ['on_demand', 'assignment', 'automation', 'timer'] as const) {
    await wake(sql, id, { source })
    await ends(sql, await claimOne(sql, workerId), workerId)
    const { run } = await wake(sql, id, { source }, localRunner(workerId))
    expect(run?.status).toBe('running')
    if (run) await ends(sql, run, workerId)
  }
  expect((await agentOf(sql, id)).nextHeartbeatAt).toEqual(before)
})

test('the timer of a long run leaves one row, which counts its firings', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  await wake(sql, id)
  await claimOne(sql, await worker(sql))
  for (let n = 0; n < 5; n++) {
    await makeDue(id)
    await tick(sql, silent)
  }
  expect(await wakeupsOf(id)).toMatchObject([
    { source: 'on_demand', status: 'claimed' },
    { source: 'timer', status: 'coalesced', coalescedCount: 4 },
  ])
})

test('a timer that is skipped again for the same reason raises the count of its receipt', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  await sql`update agents set budget_monthly_micros = 0 where id = ${id}`
  for (let n = 0; n < 5; n++) {
    await makeDue(id)
    await tick(sql, silent)
  }
  expect(await wakeupsOf(id)).toEqual([
    { source: 'timer', status: 'skipped', skipReason: 'budget.exceeded', coalescedCount: 4 },
  ])
  expect(await secondsAhead(id)).toBeGreaterThan(50)
})

test('timers of paused or terminated agents and companies do not fire and leave no rows', async () => {
  const [paused, terminated, other] = [
    await agent(sql, { intervalSec: 60 }),
    await agent(sql, { intervalSec: 60 }),
    await agent(sql, { intervalSec: 60 }),
  ]
  await pauseAgent(sql, system, paused.id)
  await terminateAgent(sql, system, terminated.id)
  await updateCompany(sql, system, other.companyId, { status: 'paused' })
  for (const { id } of [paused, terminated, other]) await makeDue(id, 600)
  expect(await tick(sql, silent)).toBe(0)
  expect(await sql`select from agent_wakeup_requests`).toHaveLength(0)

  await resumeAgent(sql, system, paused.id)
  expect(await secondsAhead(paused.id)).toBeGreaterThan(-1)
  expect(await secondsAhead(paused.id)).toBeLessThanOrEqual(60)
})

test('a timer that is disabled, by `enabled` or by its interval, no longer fires', async () => {
  const [one, two] = [await agent(sql, { intervalSec: 60 }), await agent(sql, { intervalSec: 60 })]
  await updateAgent(sql, system, secretKey, one.id, {
    runtimeConfig: { heartbeat: { intervalSec: 60, enabled: false } },
  })
  await updateAgent(sql, system, secretKey, two.id, { runtimeConfig: { heartbeat: {} } })
  for (const { id } of [one, two]) expect((await agentOf(sql, id)).nextHeartbeatAt).toBeNull()
  await makeDue(one.id)
  expect(await tick(sql, silent)).toBe(0)
  expect((await agentOf(sql, one.id)).nextHeartbeatAt).toBeNull()
})

test('a change outside the timer does not move its slot', async () => {
  const { id } = await agent(sql, { intervalSec: 3600 })
  const before = (await agentOf(sql, id)).nextHeartbeatAt
  await updateAgent(sql, system, secretKey, id, {
    name: 'Bob',
    runtimeConfig: { heartbeat: { intervalSec: 3600, cooldownSec: 5 } },
  })
  expect((await agentOf(sql, id)).nextHeartbeatAt).toEqual(before)
})

test('an agent that keeps failing is woken ever more slowly, and at its normal pace after a success', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  const workerId = await worker(sql)
  const waits: number[] = []
  for (let n = 0; n < 8; n++) {
    await makeDue(id, 0.1)
    await tick(sql, silent)
    waits.push(await secondsAhead(id))
    await ends(sql, await claimOne(sql, workerId), workerId, failed())
  }
  const factors = waits.map((wait) => Math.round(wait / 60))
  expect(factors).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  expect((await agentOf(sql, id)).failuresInARow).toBe(8)

  await wake(sql, id)
  await ends(sql, await claimOne(sql, workerId), workerId)
  expect((await agentOf(sql, id)).failuresInARow).toBe(0)
  expect(await secondsAhead(id)).toBeLessThanOrEqual(60)
})

test('a cancel neither counts as a failure nor resets the count', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  const workerId = await worker(sql)
  for (const ending of [failed(), { status: 'cancelled', errorCode: 'cancelled', error: 'x' } as const]) {
    await wake(sql, id)
    await ends(sql, await claimOne(sql, workerId), workerId, ending)
    expect((await agentOf(sql, id)).failuresInARow).toBe(1)
  }
})
