import { afterAll, expect, test } from 'vitest'
import { openClient } from './connection'
import { migrate } from './migrate'
import { createTestDatabase } from './testing/database'

const database = await createTestDatabase()
afterAll(() => database.drop())

test('servers that start together on an empty database migrate it once', async () => {
  await database.sql.unsafe('drop schema public cascade; drop schema drizzle cascade; create schema public')
  await Promise.all([migrate(database.connection), migrate(database.connection), migrate(database.connection)])
  const [applied] = await database.sql<{ times: number; distinct: number }[]>`
    select count(*) as times, count(distinct hash) as distinct from drizzle.__drizzle_migrations`
  expect(applied?.times).toBeGreaterThan(0)
  expect(applied?.times).toBe(applied?.distinct)
  expect(await database.sql`select * from companies`).toEqual([])
})

test('a missing database is reported in one sentence, without the password', async () => {
  const nowhere = { kind: 'url', url: 'postgres://me:hunter2@127.0.0.1:1/none' } as const
  await expect(migrate(nowhere)).rejects.toThrow(
    /^The database cannot be reached \(.*ECONNREFUSED.*\): check DATABASE_URL\.$/,
  )
})

test('raw rows have numbers for int8 and dates for timestamptz', async () => {
  const sql = openClient(database.connection, { max: 1, applicationName: 'test' })
  const [row] =
    await sql`select 9007199254740991::int8 as big, array[1::int8, 2] as bigs, '2026-01-02T03:04:05Z'::timestamptz as at`
  expect(row).toEqual({ big: 9007199254740991, bigs: [1, 2], at: new Date('2026-01-02T03:04:05Z') })
  await sql.end()
})
