import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openClient, type RawSql } from './connection'
import { createTestDatabase } from './testing/database'
import { transaction } from './transaction'

const database = await createTestDatabase()
/** A single connection: a transaction left open would affect the next one. */
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

test('commits the work, and returns its result', async () => {
  const answer = await transaction(sql, async (tx) => {
    await Promise.all([tx`insert into notes values (3)`, tx`insert into notes values (4)`])
    return (await tx`select n from notes`).length
  })
  expect(answer).toBe(4)
  expect(await notes()).toEqual([1, 2, 3, 4])
})

test('rolls back failed work, whether the database or the work itself fails', async () => {
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

test('fails where the work swallowed an error of a statement', async () => {
  const swallowed = transaction(sql, async (tx) => {
    await tx`insert into notes values (6)`
    await tx`insert into notes values (1)`.catch(() => {})
  })
  await expect(swallowed).rejects.toThrow(/rolled back/)
  expect(await notes()).toEqual([1, 2])
})

test('a lost connection fails the work, and the next call gets another one', async () => {
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
