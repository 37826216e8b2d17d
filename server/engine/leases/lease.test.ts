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

/** Only this clock runs ahead. */
const monotonicAhead = (ms: number): Reading => ({ ...readClocks(), monotonicMs: performance.now() + ms })

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(5)
}

async function row(workerId: string | null | undefined) {
  const [server] = await sql<{ endedAt: Date | null; lost: boolean; draining: boolean; leaseExpiresAt: Date }[]>`
    select * from servers where id = ${workerId ?? ''}`
  return server
}

test('a worker begins with its row, is renewed, and ends in order', async () => {
  const { lease, told } = leaseOf()
  await lease.start()
  const id = lease.workerId()
  const first = (await row(id))?.leaseExpiresAt.getTime() ?? 0
  await until(() => told.renewals >= 2)
  expect((await row(id))?.leaseExpiresAt.getTime()).toBeGreaterThan(first)
  await lease.drain()
  expect((await row(id))?.draining).toBe(true)
  await lease.stop()
  expect(await row(id)).toMatchObject({ endedAt: expect.any(Date), lost: false })
  expect(told).toMatchObject({ lost: [], workers: [id] })
  expect(lease.workerId()).toBeNull()
})

test('a worker that was declared lost has its programs killed before the next worker begins', async () => {
  let release = () => {}
  const killed = new Promise<void>((resolve) => {
    release = resolve
  })
  const { lease, told } = leaseOf({ leaseMs: 60_000, onLost: () => killed })
  await lease.start()
  const first = lease.workerId()
  await sql`update servers set ended_at = now(), lost = true where id = ${first}`
  const { lease: quick, told: quickTold } = leaseOf({ leaseMs: 300 })
  await quick.start()
  const second = quick.workerId()
  await sql`update servers set ended_at = now(), lost = true where id = ${second}`
  await until(() => quickTold.workers.length === 2)
  expect(quickTold.lost).toEqual(['another server found its lease expired'])
  expect(quick.workerId()).not.toBe(second)
  expect(told.workers).toEqual([first])
  release()
})

test('there is no worker while the programs of the lost one are being killed', async () => {
  let release = () => {}
  const killed = new Promise<void>((resolve) => {
    release = resolve
  })
  const { lease, told } = leaseOf({ leaseMs: 300, onLost: () => killed })
  await lease.start()
  await sql`update servers set ended_at = now(), lost = true`
  await until(() => told.lost.length === 1)
  expect(lease.workerId()).toBeNull()
  await sleep(200)
  expect(told.workers).toHaveLength(1)
  release()
  await until(() => told.workers.length === 2)
  expect(lease.workerId()).toBe(told.workers[1])
})

test('a lease that cannot be renewed is lost after two thirds of its time', async () => {
  const { lease, told } = leaseOf({ leaseMs: 1800 })
  await lease.start()
  const id = lease.workerId()
  let lostAt: [{ left: number }] | undefined
  await sql.begin(async (tx) => {
    await tx`select from servers where id = ${id} for update`
    await until(() => told.lost.length === 1)
    lostAt = await tx<[{ left: number }]>`
      select extract(epoch from lease_expires_at - clock_timestamp())::float8 as left from servers where id = ${id}`
  })
  expect(told.lost).toEqual(['the lease could not be renewed'])
  expect(lostAt?.[0].left).toBeGreaterThan(0)
  await until(() => told.workers.length === 2)
  expect(lease.workerId()).not.toBe(id)
  expect(await row(id)).toMatchObject({ endedAt: expect.any(Date), lost: true })
})

test('after two thirds there is no worker, even before the watch has noticed', async () => {
  let skippedMs = 0
  const { lease } = leaseOf({ leaseMs: 60_000, clocks: () => monotonicAhead(skippedMs) })
  await lease.start()
  expect(lease.workerId()).not.toBeNull()
  skippedMs = 40_001
  expect(lease.workerId()).toBeNull()
})

test('a renewal that is answered later does not restore the worker', async () => {
  let skippedMs = 0
  const late = intercept(async (statement, send) => {
    const answer = await send(client)
    if (statement.includes('"renewed_at" = now()')) skippedMs += 600_000
    return answer
  })
  const { lease, told } = leaseOf({ leaseMs: 60_000, connection: late, clocks: () => monotonicAhead(skippedMs) })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.lost.length > 0)
  expect(told.lost).toEqual(['the lease was renewed too late'])
  expect(lease.workerId()).not.toBe(id)
})

test('a failed renewal is retried soon, not only when the next one is due', async () => {
  let calls = 0
  const failing = intercept(async (_statement, send) => {
    calls += 1
    if (calls > 1 && calls < 5) throw new Error('not now')
    return await send(client)
  })
  // The next one is due after two hundred seconds, longer than the test.
  const { lease, told } = leaseOf({ leaseMs: 600_000, connection: failing })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.renewals === 1)
  expect(calls).toBe(5)
  expect(lease.workerId()).toBe(id)
  expect(told.lost).toEqual([])
})

test('it reports whether other servers use the same database', async () => {
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
