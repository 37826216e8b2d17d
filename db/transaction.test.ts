import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openClient, type RawSql } from './connection'
import { createTestDatabase } from './testing/database'
import { transaction } from './transaction'

const database = await createTestDatabase()
/** One connection alone: what is left open by one transaction is seen by the next. */
let sql: RawSql
beforeAll(async () => {
  sql = openClient(database.connection, { max: 1, applicationName: 'transactions' })
  await sql`create table notes (n int unique)`
})
beforeEach(async () => {
  await sql`truncate notes`
  await sql`insert into notes values (1), (2)`
})
afterAll(async () => {
  await sql.end()
  await database.drop()
})

const notes = async () => (await sql<{ n: number }[]>`select n from notes order by n`).map((row) => row.n)

test('keeps what was done, and answers what the work answered', async () => {
  const answer = await transaction(sql, async (tx) => {
    await Promise.all([tx`insert into notes values (3)`, tx`insert into notes values (4)`])
    return (await tx`select n from notes`).length
  })
  expect(answer).toBe(4)
  expect(await notes()).toEqual([1, 2, 3, 4])
})

test('keeps nothing of work that fails, whether the database refuses or the work itself', async () => {
  const refused = transaction(sql, async (tx) => {
    await Promise.all([
      tx`insert into notes values (3)`,
      tx`insert into notes values (1)`,
      tx`insert into notes values (4)`,
    ])
  })
  await expect(refused).rejects.toMatchObject({ code: '23505' })
  const given = transaction(sql, async (tx) => {
    await tx`insert into notes values (5)`
    throw new Error('not after all')
  })
  await expect(given).rejects.toThrow('not after all')
  expect(await notes()).toEqual([1, 2])
})

test('does not say that it is done where a failure was swallowed', async () => {
  const swallowed = transaction(sql, async (tx) => {
    await tx`insert into notes values (6)`
    await tx`insert into notes values (1)`.catch(() => {})
  })
  await expect(swallowed).rejects.toThrow(/rolled back/)
  expect(await notes()).toEqual([1, 2])
})

test('a connection that is cut fails the work, and the next has another', async () => {
  const cut = transaction(sql, async (tx) => {
    const [row] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`
    await Promise.all([
      tx`insert into notes values (7)`,
      tx`select pg_sleep(30)`,
      database.sql`select pg_terminate_backend(${row.pid}, 5000)`,
    ])
  })
  await expect(cut).rejects.toThrow()
  expect(await notes()).toEqual([1, 2])
})

test('many at a time share the connections', async () => {
  const work = Array.from({ length: 20 }, (_one, at) =>
    transaction(sql, (tx) => tx`insert into notes values (${100 + at})`),
  )
  await Promise.all(work)
  expect(await notes()).toHaveLength(22)
})
