import { expect, test } from 'vitest'
import { createTestDatabase } from './database'

test('a test database is a separate migrated clone, removed when dropped', async () => {
  const one = await createTestDatabase()
  const other = await createTestDatabase()
  const [row] = await one.sql<{ tables: number }[]>`
    select count(*) as tables from information_schema.tables where table_schema = 'public'`
  expect(row?.tables).toBeGreaterThan(5)
  await one.sql`create table only_here (id int)`
  const found = await other.sql`select to_regclass('only_here') as name`
  expect(found[0]?.name).toBeNull()

  await one.drop()
  const left = await other.sql<{ datname: string }[]>`select datname from pg_database where datname like 'test_%'`
  expect(left.map((database) => database.datname)).not.toContain(one.connection.database)
  await other.drop()
})

test('every session breaks frozen transactions, waiting locks and endless statements', async () => {
  const database = await createTestDatabase()
  try {
    const settings = ['idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout']
    const rows =
      await database.sql`select name, setting from pg_settings where name in ${database.sql(settings)} order by name`
    expect(rows.map((row) => [row.name, row.setting])).toEqual([
      ['idle_in_transaction_session_timeout', '5000'],
      ['lock_timeout', '4000'],
      ['statement_timeout', '15000'],
    ])
  } finally {
    await database.drop()
  }
})
