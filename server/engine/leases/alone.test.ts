import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { clear, worker } from '@/tests/engine'
import { createLeases, createWay } from '@/tests/leases'

const database = await createTestDatabase()
const { sql } = database
const client = openClient(database.connection, { max: 1, applicationName: 'lease' })
const { leaseOf, stop } = createLeases(client)
const way = createWay(client, database.connection)
afterEach(async () => {
  await stop()
  way.state = 'open'
  await clear(sql)
})
afterAll(async () => {
  await way.close()
  await client.end()
  await database.drop()
})

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(5)
}

/** The times in a worker's row, relative to the database's clock, in milliseconds. */
async function rowOf(workerId: string | null) {
  const [row] = await sql<[{ leftMs: number; aloneMs: number | null; aloneUntil: Date | null }]>`
    select extract(epoch from lease_expires_at - clock_timestamp())::float8 * 1000 as left_ms,
      extract(epoch from alone_until - clock_timestamp())::float8 * 1000 as alone_ms, alone_until
    from servers where id = ${workerId}`
  return row
}

test('a worker that is refused while another is live is lost after two thirds of its lease, before others judge it', async () => {
  await worker(sql)
  const { lease, told } = leaseOf({ leaseMs: 1800, aloneMs: 60_000, connection: way.sql })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.renewals > 0)
  way.state = 'refused'
  way.attempts = 0
  await until(() => told.lost.length === 1)
  expect(told.lost).toEqual(['the lease could not be renewed'])
  expect(way.attempts).toBeGreaterThan(2)
  expect(await rowOf(id)).toMatchObject({ leftMs: expect.toSatisfy((ms) => ms > 0), aloneUntil: null })
})

test('a worker that was alone continues while it is refused, and renews the same lease afterwards', async () => {
  const { lease, told } = leaseOf({ leaseMs: 1500, aloneMs: 60_000, connection: way.sql })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.renewals > 0)
  way.state = 'refused'
  await until(async () => (await rowOf(id)).leftMs < 0)
  expect(lease.workerId()).toBe(id)
  expect((await rowOf(id)).aloneMs).toBeGreaterThan(0)
  way.state = 'open'
  const before = told.renewals
  await until(() => told.renewals > before)
  expect([lease.workerId(), told.lost]).toEqual([id, []])
})

test('a worker that is alone is also lost before its row lets others judge it', async () => {
  const { lease, told } = leaseOf({ leaseMs: 1500, aloneMs: 3000, connection: way.sql })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.renewals > 0)
  way.state = 'refused'
  await until(() => told.lost.length === 1)
  const row = await rowOf(id)
  expect(row.leftMs).toBeLessThan(0)
  expect(row.aloneMs).toBeGreaterThan(0)
})

test('a worker with an embedded database continues without limit, and announces nothing in its row', async () => {
  const { lease, told } = leaseOf({ leaseMs: 1500, aloneMs: Number.POSITIVE_INFINITY, connection: way.sql })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.renewals > 0)
  way.state = 'refused'
  await until(async () => (await rowOf(id)).leftMs < -1500)
  expect([lease.workerId(), told.lost]).toEqual([id, []])
  expect((await rowOf(id)).aloneUntil).toBeNull()
})

test('the announcement in the row is withdrawn only when the worker no longer relies on it', async () => {
  const { lease, told } = leaseOf({ leaseMs: 6000, aloneMs: 60_000, connection: way.sql })
  await lease.start()
  const id = lease.workerId()
  await until(() => told.renewals > 0)
  const { aloneUntil } = await rowOf(id)
  await worker(sql)
  // Its row is renewed, but the worker does not learn that it is no longer alone.
  way.state = 'deaf'
  way.attempts = 0
  await until(() => way.attempts > 2)
  expect((await rowOf(id)).aloneUntil).toEqual(aloneUntil)
  way.state = 'open'
  await until(() => told.others)
  expect((await rowOf(id)).aloneUntil).toEqual(aloneUntil)
  await until(async () => (await rowOf(id)).aloneUntil === null)
})
