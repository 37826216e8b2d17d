import { afterAll, beforeAll, expect, test } from 'vitest'
import { StartupError } from '@/server/domain/startup-error'
import { checkDatabase } from './check-database'
import { openClient, type RawSql } from './connection'
import { createTestDatabase } from './testing/database'

const database = await createTestDatabase()
const { database: name } = database.connection
const needs = { leaseMs: 15_000, connections: 42 }
const role = `operator_${name.slice(-8)}`
const made: string[] = []
let server: RawSql

beforeAll(async () => {
  const place = { ...database.connection, database: 'postgres' }
  server = openClient(place, { max: 1, applicationName: 'test', statementTimeoutMs: 0 })
  await server.unsafe(`create role ${role} login`)
})
afterAll(async () => {
  for (const one of made) await server.unsafe(`drop database if exists ${one} with (force)`)
  await database.sql.unsafe(`drop owned by ${role}`)
  await server.unsafe(`drop role ${role}`)
  await server.end()
  await database.drop()
})

/** An empty database, as an operator creates it for Reveille. */
async function newDatabase(options = '') {
  const fresh = `check_${name.slice(-8)}_${made.length}`
  made.push(fresh)
  await server.unsafe(`create database ${fresh} ${options}`)
  return { ...database.connection, database: fresh, user: role }
}

async function sentenceFor(connection: Parameters<typeof checkDatabase>[0], connections = needs.connections) {
  const error = await checkDatabase(connection, { ...needs, connections }).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(StartupError)
  const { message } = error as StartupError
  expect(message).not.toMatch(/\n|select |failed query|\.ts:/i)
  return message
}

test('a dedicated database is accepted, and the number of free connections is returned', async () => {
  const free = await checkDatabase(await newDatabase(`owner ${role}`), needs)
  expect(free).toBeGreaterThan(100)
})

test('a missing privilege is named with the grant that helps', async () => {
  const connection = await newDatabase()
  expect(await sentenceFor(connection)).toContain(`grant create on database "${connection.database}" to "${role}"`)
  await server.unsafe(`grant create on database ${connection.database} to ${role}`)
  expect(await sentenceFor(connection)).toContain(`grant create on schema public to "${role}"`)
})

test('an encoding other than UTF8 is rejected', async () => {
  const connection = await newDatabase(`owner ${role} template template0 encoding 'LATIN1' locale 'C'`)
  expect(await sentenceFor(connection)).toMatch(/has the encoding LATIN1.*encoding 'UTF8' template template0/)
})

test('a read-only database is rejected with the setting that helps, wherever it is set', async () => {
  const connection = await newDatabase(`owner ${role}`)
  await server.unsafe(`alter database ${connection.database} set default_transaction_read_only = on`)
  expect(await sentenceFor(connection)).toMatch(/is read-only .*default_transaction_read_only = off/)
  await server.unsafe(`alter role ${role} in database ${connection.database} set default_transaction_read_only = off`)
  await checkDatabase(connection, needs)
})

test('a limit on connections that is too low is reported, of the server, the database or the user', async () => {
  const connection = await newDatabase(`owner ${role}`)
  expect(await sentenceFor(connection, 1000)).toMatch(
    /up to 1000 connections.*REVEILLE_DATABASE_CONNECTIONS.*max_connections/,
  )
  await server.unsafe(`alter database ${connection.database} connection limit 20`)
  expect(await sentenceFor(connection)).toMatch(/at most 20:/)
})

test('a missing database, user or server is reported in one sentence', async () => {
  const { directory } = database.connection
  expect(await sentenceFor({ ...database.connection, database: 'none' })).toMatch(
    /"none" does not exist, 3D000\): create it/,
  )
  expect(await sentenceFor({ ...database.connection, user: 'nobody' })).toMatch(/role "nobody" does not exist, 28000/)
  expect(await sentenceFor({ ...database.connection, directory: `${directory}/gone` })).toMatch(
    /cannot be reached .*ENOENT/,
  )
  const url = 'postgres://me:hunter2@no.such.host.invalid/none'
  expect(await sentenceFor({ kind: 'url', url })).toMatch(/cannot be reached \(getaddrinfo (ENOTFOUND|EAI_AGAIN)/)
})
