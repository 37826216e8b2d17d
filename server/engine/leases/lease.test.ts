import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { clear } from '@/tests/engine'
import { createLeases, intercept } from '@/tests/leases'
import { type Reading, readClocks } from './clocks'

const database = await createTestDatabase()
const { sql } = database
const client = openClient(database.connection, { max: 1, applicationName: 'lease' })
const { leaseOf, stop } = createLeases(client)
afterEach(async () => {
  await stop()
  await clear(sql)
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** This clock alone runs ahead. */
const monotonicAhead = (ms: number): Reading => ({ ...readClocks(), monotonicMs: performance.now() + ms })

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(5)
}

async function row(serverId: string | null | undefined) {
  const [server] = await sql<{ endedAt: Date | null; lost: boolean; draining: boolean; leaseExpiresAt: Date }[]>`
    select * from servers where id = ${serverId ?? ''}`
  return server
}

test('a life begins with its row, is renewed, and ends in order', async () => {
  const { lease, told } = leaseOf()
  await lease.start()
  const id = lease.serverId()
  const first = (await row(id))?.leaseExpiresAt.getTime() ?? 0
  await until(() => told.renewals >= 2)
  expect((await row(id))?.leaseExpiresAt.getTime()).toBeGreaterThan(first)
  await lease.drain()
  expect((await row(id))?.draining).toBe(true)
  await lease.stop()
  expect(await row(id)).toMatchObject({ endedAt: expect.any(Date), lost: false })
  expect(told).toMatchObject({ lost: [], lives: [id] })
  expect(lease.serverId()).toBeNull()
})

test('a life that was declared lost kills what it runs, and only then begins another', async () => {
  let release = () => {}
  const killed = new Promise<void>((resolve) => {
    release = resolve
  })
  const { lease, told } = leaseOf({ leaseMs: 60_000, onLost: () => killed })
  await lease.start()
  const first = lease.serverId()
  await sql`update servers set ended_at = now(), lost = true where id = ${first}`
  const { lease: quick, told: quickTold } = leaseOf({ leaseMs: 300 })
  await quick.start()
  const second = quick.serverId()
  await sql`update servers set ended_at = now(), lost = true where id = ${second}`
  await until(() => quickTold.lives.length === 2)
  expect(quickTold.lost).toEqual(['another server found its lease expired'])
  expect(quick.serverId()).not.toBe(second)
  expect(told.lives).toEqual([first])
  release()
})

test('nobody is alive between two lives while what ran is being killed', async () => {
  let release = () => {}
  const killed = new Promise<void>((resolve) => {
    release = resolve
  })
  const { lease, told } = leaseOf({ leaseMs: 300, onLost: () => killed })
  await lease.start()
  await sql`update servers set ended_at = now(), lost = true`
  await until(() => told.lost.length === 1)
  expect(lease.serverId()).toBeNull()
  await sleep(200)
  expect(told.lives).toHaveLength(1)
  release()
  await until(() => told.lives.length === 2)
  expect(lease.serverId()).toBe(told.lives[1])
})

test('a lease that can not be renewed is given up after two thirds, before it has run out', async () => {
  const { lease, told } = leaseOf({ leaseMs: 1800 })
  await lease.start()
  const id = lease.serverId()
  let lostAt: [{ left: number }] | undefined
  await sql.begin(async (tx) => {
    await tx`select from servers where id = ${id} for update`
    await until(() => told.lost.length === 1)
    lostAt = await tx<[{ left: number }]>`
      select extract(epoch from lease_expires_at - clock_timestamp())::float8 as left from servers where id = ${id}`
  })
  expect(told.lost).toEqual(['the lease could not be renewed'])
  expect(lostAt?.[0].left).toBeGreaterThan(0)
  await until(() => told.lives.length === 2)
  expect(lease.serverId()).not.toBe(id)
  expect(await row(id)).toMatchObject({ endedAt: expect.any(Date), lost: true })
})

test('from two thirds on nobody is alive, though nobody has looked yet', async () => {
  let skippedMs = 0
  const { lease } = leaseOf({ leaseMs: 60_000, clocks: () => monotonicAhead(skippedMs) })
  await lease.start()
  expect(lease.serverId()).not.toBeNull()
  skippedMs = 40_001
  expect(lease.serverId()).toBeNull()
})

test('a renewal that is told after that does not bring the life back', async () => {
  let skippedMs = 0
  const late = intercept(async (statement, send) => {
    const answer = await send(client)
    if (statement.includes('"renewed_at" = now()')) skippedMs += 600_000
    return answer
  })
  const { lease, told } = leaseOf({ leaseMs: 60_000, connection: late, clocks: () => monotonicAhead(skippedMs) })
  await lease.start()
  const id = lease.serverId()
  await until(() => told.lost.length > 0)
  expect(told.lost).toEqual(['the lease was renewed too late'])
  expect(lease.serverId()).not.toBe(id)
})

test('a renewal that failed is tried again soon, and not only when the next is due', async () => {
  let calls = 0
  const failing = intercept(async (_statement, send) => {
    calls += 1
    if (calls > 1 && calls < 5) throw new Error('not now')
    return await send(client)
  })
  // The next is due after two hundred seconds: more than a test may take.
  const { lease, told } = leaseOf({ leaseMs: 600_000, connection: failing })
  await lease.start()
  const id = lease.serverId()
  await until(() => told.renewals === 1)
  expect(calls).toBe(5)
  expect(lease.serverId()).toBe(id)
  expect(told.lost).toEqual([])
})

test('it knows whether others live on the same database', async () => {
  const one = leaseOf({ leaseMs: 300 })
  await one.lease.start()
  await until(() => one.told.renewals > 0)
  expect(one.lease.hasOthers()).toBe(false)
  const two = leaseOf({ leaseMs: 300 })
  await two.lease.start()
  await until(() => one.lease.hasOthers() && one.told.others)
  await two.lease.stop()
  await until(() => !one.lease.hasOthers())
})
