import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { connect } from './client'
import { sessionSettings } from './session-settings'
import { createTestDatabase } from './testing/database'

const database = await createTestDatabase()
const { database: name } = database.connection
afterAll(() => database.drop())

const defaults = {
  DateStyle: "'German, DMY'",
  IntervalStyle: "'sql_standard'",
  TimeZone: "'Asia/Kolkata'",
  bytea_output: "'escape'",
  extra_float_digits: '-3',
  search_path: "'elsewhere'",
  default_transaction_isolation: "'serializable'",
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  lock_timeout: '0',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: "'1min'",
}

test('every session has the required settings, whatever the defaults of the database', async () => {
  for (const [setting, value] of Object.entries(defaults))
    await database.sql.unsafe(`alter database ${name} set ${setting} = ${value}`)
  const { sql, close } = connect(database.connection, { max: 2, applicationName: 'test' })
  const wanted = { ...sessionSettings({ max: 2, applicationName: 'test' }) }
  const read = `select json_object_agg(name, setting) as found from pg_settings where name = any('{${Object.keys(wanted)}}')`
  const [raw] = await sql.unsafe<[{ found: object }]>(read)
  expect(raw.found).toEqual(wanted)

  const at = new Date('2026-02-03T04:05:06.789Z')
  const bytes = Buffer.from([0, 92, 255])
  const [row] = await sql`
    select ${at}::timestamptz as at, ${bytes}::bytea as bytes, 0.1::float8 + 0.2::float8 as float, null = null as nothing,
      ('{NULL}'::text[])[1] is null as has_null, '1 day 2 hours'::interval::text as interval, date_trunc('hour', ${at}::timestamptz) as hour,
      to_regclass('companies')::text as companies`
  expect(row).toEqual({
    at,
    bytes,
    float: 0.30000000000000004,
    nothing: null,
    hasNull: true,
    interval: '1 day 02:00:00',
    hour: new Date('2026-02-03T04:00:00Z'),
    companies: 'companies',
  })
  await close()
})

test('a session that cannot be set up is not used: its call fails with the reason, and the next gets a new one', async () => {
  const { sql: admin, connection } = database
  await admin.unsafe(`
    create table closed ();
    create function enter() returns void language plpgsql as
      $$ begin if to_regclass('public.closed') is not null then raise exception 'closed'; end if; end $$`)
  const path = join(connection.directory, '.s.PGSQL.5432')
  const options = { path, user: connection.user, database: name, max: 1, session: 'select public.enter()' }
  const sql = postgres(options)
  await expect(sql`select 1 as one`).rejects.toThrow('closed')
  await expect(sql.begin((tx) => tx`select 1 as one`)).rejects.toThrow('closed')
  await expect(sql.reserve()).rejects.toThrow('closed')
  await admin`drop table closed`
  expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }])
  await sql.end()
})
