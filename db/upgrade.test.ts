import { afterAll, expect, test } from 'vitest'
import { openClient, type RawSql } from './connection'
import { migrate } from './migrate'
import { migrationNames, migrationsFolder, thisRelease } from './release'
import { readSchemaState } from './schema-state'
import { createTestDatabase } from './testing/database'
import { createEarlierDatabases, dropDatabases, rowFiles } from './testing/earlier-databases'

const { schema } = thisRelease()
const fresh = await createTestDatabase()
const earlier = await createEarlierDatabases('upgrade')
afterAll(async () => {
  await fresh.drop()
  await dropDatabases(earlier.map((database) => database.connection))
})

test('the rows of earlier releases belong to existing migrations', () => {
  expect(migrationNames(migrationsFolder)).toEqual(expect.arrayContaining(rowFiles()))
  expect(earlier).toHaveLength(schema.migrations)
})

test.each(earlier)(
  'a database with $length migrations, up to $newest, becomes what a fresh one is',
  async (database) => {
    const sql = openClient(database.connection, { max: 1, applicationName: 'test' })
    try {
      const before = await rowsPerTable(sql)
      expect(await migrate(database.connection)).toBe(database.length)
      expect(await readSchemaState(sql)).toEqual({ kind: 'current', applied: schema.migrations })
      expect(await catalogOf(sql)).toEqual(await catalogOf(fresh.sql))
      expect(await rowsPerTable(sql)).toMatchObject(before)
      expect(await migrate(database.connection)).toBe(schema.migrations)
    } finally {
      await sql.end({ timeout: 5 })
    }
  },
)

/** Columns, constraints, indexes, functions and triggers, in PostgreSQL's own notation. */
async function catalogOf(sql: RawSql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default, generation_expression) as line
      from information_schema.columns where table_schema = 'public'
    union all select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace = 'public'::regnamespace
    union all select concat_ws(' ', 'index', indexdef) from pg_indexes where schemaname = 'public'
    union all select concat_ws(' ', 'function', proname, prosrc) from pg_proc where pronamespace = 'public'::regnamespace
    union all select concat_ws(' ', 'trigger', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
    union all select concat_ws(' ', 'table', relname, relpersistence) from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'
    order by line`
  return rows.map((row) => row.line)
}

async function rowsPerTable(sql: RawSql): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  const counts = tables.map(async ({ name }) => {
    const [row] = await sql<[{ rows: number }]>`select count(*) as rows from ${sql(name)}`
    return [name, row.rows] as const
  })
  const found = await Promise.all(counts)
  // Filled by a migration from other tables.
  return Object.fromEntries(found.filter(([name]) => name !== 'agent_revisions'))
}
