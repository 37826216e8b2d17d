import { afterAll, beforeEach, expect, test } from 'vitest'
import { migrate } from './migrate'
import { migrationsFolder, thisRelease } from './release'
import { compareSchema, readMigrations, readSchemaState } from './schema-state'
import { createTestDatabase, type TestDatabase } from './testing/database'

const shipped = readMigrations(migrationsFolder)
const { version, schema } = thisRelease()
let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
  return () => database.drop()
})
afterAll(() => expect(shipped.length).toBe(schema.migrations))

test('each migration is dated after the one before it: Drizzle skips earlier ones', () => {
  const times = shipped.map((migration) => migration.at)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Set(times).size).toBe(times.length)
})

test('a migrated database is current, read with our column names and with the stored ones', async () => {
  expect(await readSchemaState(database.sql)).toEqual({ kind: 'current', applied: shipped.length })
  expect(compareSchema(shipped, shipped)).toEqual({ kind: 'current', applied: shipped.length })
})

test('a database with fewer migrations is behind, an empty one too', async () => {
  await database.sql`delete from drizzle.__drizzle_migrations where created_at >= ${shipped.at(-2)?.at ?? 0}`
  expect(await readSchemaState(database.sql)).toEqual({
    kind: 'behind',
    applied: shipped.length - 2,
    sentence: `The database has ${shipped.length - 2} of the ${shipped.length} migrations of this release (${version}): restart this server, which applies the others.`,
  })
  await database.sql`drop schema drizzle cascade`
  expect(await readSchemaState(database.sql)).toMatchObject({ kind: 'behind', applied: 0 })
})

test('a database of a newer release is refused in one sentence and not changed', async () => {
  await database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of tomorrow', 9e12)`
  await expect(migrate(database.connection)).rejects.toThrow(
    `The database was migrated by a newer release: it has ${shipped.length + 1} migrations, and this release (${version}) knows ${shipped.length}. Start the newer release, or restore a backup from before.`,
  )
})

test('a database with different migrations is refused in one sentence, with the first difference', async () => {
  await database.sql`update drizzle.__drizzle_migrations set hash = 'other' where created_at = ${shipped[2]?.at ?? 0}`
  const sentence = `The database's migrations are not those of this release (${version}): number 3 is another than ${shipped[2]?.name}. Start the release that made this database, or set DATABASE_URL to another.`
  expect(await readSchemaState(database.sql)).toEqual({ kind: 'foreign', applied: shipped.length, sentence })
  await expect(migrate(database.connection)).rejects.toThrow(sentence)
})

test('a skipped migration does not count as applied', async () => {
  await database.sql`delete from drizzle.__drizzle_migrations where created_at = ${shipped[1]?.at ?? 0}`
  await expect(migrate(database.connection)).rejects.toThrow(`number 2 is another than ${shipped[1]?.name}`)
})

test('a failing migration is reported in one sentence without SQL, and changes nothing', async () => {
  await database.sql`drop schema drizzle cascade`
  const failing = migrate(database.connection)
  await expect(failing).rejects.toThrow(
    `The database could not be brought to the schema of this release (${version}), and is as it was: relation "installation" already exists.`,
  )
  expect(await readSchemaState(database.sql)).toMatchObject({ kind: 'behind', applied: 0 })
})
