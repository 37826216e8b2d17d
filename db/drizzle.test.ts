import { type AnyColumn, eq, max, type SQL } from 'drizzle-orm'
import { bigint, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drizzleOn, prepared } from './drizzle'
import { equalsAny, rowAfter, rowBefore } from './expressions'
import { instant, jsonb } from './schema/columns'
import { createTestDatabase } from './testing/database'
import { transaction } from './transaction'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

const samples = pgTable('samples', {
  id: uuid('id').primaryKey().defaultRandom(),
  name: text('name').notNull(),
  names: text('names').array(),
  bytes: bigint('bytes', { mode: 'number' }),
  seenAt: instant('seen_at'),
  value: jsonb('value'),
})

beforeAll(async () => {
  await sql`
    create table samples (
      id uuid primary key default gen_random_uuid(), name text not null, names text[], bytes int8, seen_at timestamptz(3), value jsonb)`
})

test('rows written with the builder are read alike by the builder and by raw SQL', async () => {
  const row = {
    name: 'it’s "one"',
    names: ['a', 'b,"c"'],
    bytes: 2 ** 40,
    seenAt: new Date('2026-02-03T04:05:06.789Z'),
  }
  for (const value of [{ a: [1, null] }, [true], [1, 2], [new Date(0).toISOString()], [], '123', 'text', 7, false]) {
    const [written] = await drizzleOn(sql)
      .insert(samples)
      .values({ ...row, value })
      .returning()
    expect(written).toMatchObject({ ...row, value })
    const [byHand] = await sql`select * from samples where id = ${written?.id ?? ''}`
    expect(byHand).toEqual(written)
    const [read] = await drizzleOn(sql)
      .select()
      .from(samples)
      .where(eq(samples.id, written?.id ?? ''))
    expect(read).toEqual(written)
  }
  const [newest] = await drizzleOn(sql)
    .select({ at: max(samples.seenAt) })
    .from(samples)
  expect(newest?.at).toEqual(row.seenAt)
})

test('in a transaction, statements of the builder and raw SQL are committed or rolled back together', async () => {
  const named = (name: string) => drizzleOn(sql).$count(samples, eq(samples.name, name))
  await transaction(sql, async (tx) => {
    await drizzleOn(tx).insert(samples).values({ name: 'kept' })
    await tx`insert into samples (name) values ('kept')`
    expect(await named('kept')).toBe(0)
    expect(await drizzleOn(tx).$count(samples, eq(samples.name, 'kept'))).toBe(2)
  })
  expect(await named('kept')).toBe(2)
  const failing = transaction(sql, async (tx) => {
    await drizzleOn(tx).insert(samples).values({ name: 'undone' })
    throw new Error('undone')
  })
  await expect(failing).rejects.toThrow('undone')
  expect(await named('undone')).toBe(0)
})

const named = prepared(['names'], (db, { names }) =>
  db.select({ id: samples.id, name: samples.name }).from(samples).where(equalsAny(samples.name, names)),
)

test('a prepared statement is sent on the executor that it is given, with the values that it is given', async () => {
  await drizzleOn(sql).delete(samples)
  const add = prepared(['name', 'seenAt'], (db, { name, seenAt }) => db.insert(samples).values({ name, seenAt }))
  const namesOf = (rows: { name: string }[]) => rows.map(({ name }) => name).sort()
  await transaction(sql, async (tx) => {
    const seenAt = new Date('2026-02-03T04:05:06.789Z')
    await Promise.all(['a', 'b', 'c'].map((name) => add(tx, { name, seenAt })))
    const [inside, outside, other] = await Promise.all([
      named(tx, { names: ['a', 'b,"c"', 'b'] }),
      named(sql, { names: ['a', 'b'] }),
      named(tx, { names: ['c'] }),
    ])
    expect(namesOf(inside)).toEqual(['a', 'b'])
    expect(outside).toEqual([])
    expect(namesOf(other)).toEqual(['c'])
  })
  expect(namesOf(await named(sql, { names: ['b', 'c'] }))).toEqual(['b', 'c'])
  expect(await named(sql, { names: [] })).toEqual([])
  const [{ id = '' } = {}] = await named(sql, { names: ['a'] })
  const twice = prepared(['id'], (db, { id }) => db.insert(samples).values({ id, name: 'confidential' }))
  await expect(twice(sql, { id })).rejects.toMatchObject({ name: 'PostgresError', code: '23505' })
})

test('a failed statement has the error of postgres.js, without its values', async () => {
  const id = '0d5b21aa-6b53-4b0c-9a43-2b3e3a2d4c11'
  const twice = drizzleOn(sql)
    .insert(samples)
    .values([
      { id, name: 'confidential' },
      { id, name: 'confidential' },
    ])
  const error = await twice.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(postgres.PostgresError)
  expect(error).toMatchObject({ code: '23505' })
  expect(String(error)).not.toContain('confidential')
})

test('a position in a list compares whole rows', async () => {
  await drizzleOn(sql).delete(samples)
  const rows = [1, 1, 2, 3].map((bytes, nth) => ({ name: `row ${nth}`, bytes }))
  await drizzleOn(sql).insert(samples).values(rows)
  const list = (where: SQL) =>
    drizzleOn(sql).select({ name: samples.name }).from(samples).where(where).orderBy(samples.name)
  const position = [
    [samples.bytes, samples.name],
    [1, 'row 1'],
  ] satisfies [AnyColumn[], unknown[]]
  expect(await list(rowAfter(...position))).toEqual([{ name: 'row 2' }, { name: 'row 3' }])
  expect(await list(rowBefore(...position))).toEqual([{ name: 'row 0' }])
})

test('a list of any length is one parameter', async () => {
  await drizzleOn(sql).delete(samples)
  const rows = ['a', 'b,"c"', 'd'].map((name) => ({ name, names: [name] }))
  const written = await drizzleOn(sql).insert(samples).values(rows).returning()
  const namesOf = async (where: SQL) => {
    const found = await drizzleOn(sql).select({ name: samples.name }).from(samples).where(where).orderBy(samples.name)
    return found.map(({ name }) => name)
  }
  expect(await namesOf(equalsAny(samples.name, ['d', 'b,"c"', 'x']))).toEqual(['b,"c"', 'd'])
  expect(
    await namesOf(
      equalsAny(
        samples.id,
        written.slice(0, 1).map(({ id }) => id),
      ),
    ),
  ).toEqual(['a'])
  expect(await namesOf(equalsAny(samples.name, []))).toEqual([])
  expect(await namesOf(equalsAny(samples.id, []))).toEqual([])
})
