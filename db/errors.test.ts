import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DrizzleQueryError } from 'drizzle-orm/errors'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { isConnectionError, isDatabaseError, isReadOnlyError, orNullOnConnectionError } from './errors'

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function fromDatabase(code: string): Error {
  return new (postgres.PostgresError as unknown as new (fields: object) => Error)({ message: code, code })
}

const network = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]
const client = [
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECTION_NOT_PRIMARY',
]
test.each([...network, ...client])('%s is a connection error', (code) => {
  expect(isConnectionError(withCode(code))).toBe(true)
  expect(isConnectionError(new DrizzleQueryError('select 1', [], withCode(code)))).toBe(true)
  expect(isDatabaseError(withCode(code))).toBe(false)
})

test.each(['08006', '08P01', '25006', '25P03', '25P04', '53300', '55P03', '57014', '57P01', '57P03', '57P05'])(
  '%s, said by the database or a pooler, is a connection error',
  (code) => expect(isConnectionError(fromDatabase(code))).toBe(true),
)

test.each(['22P02', '23505', '40001', '42501', '42P01', '57P04'])('%s is not', (code) => {
  expect(isConnectionError(fromDatabase(code))).toBe(false)
  expect(isDatabaseError(fromDatabase(code))).toBe(true)
})

test('a missing socket is a connection error, and a missing file is not', async () => {
  const path = join(tmpdir(), `reveille-none-${randomUUID()}`)
  const refused = await new Promise((resolve) => connect(path).once('error', resolve))
  expect(isConnectionError(refused)).toBe(true)
  const missing = await Promise.resolve()
    .then(() => readFileSync(path))
    .catch((error: unknown) => error)
  expect(isConnectionError(missing)).toBe(false)
  await expect(orNullOnConnectionError(Promise.reject(refused))).resolves.toBeNull()
  await expect(orNullOnConnectionError(Promise.reject(missing))).rejects.toThrow('ENOENT')
})

test('an error of a pooler that has lost the database is not a refusal of the statement; read-only is distinguished', () => {
  expect(isDatabaseError(fromDatabase('08006'))).toBe(false)
  expect(isReadOnlyError(new DrizzleQueryError('update', [], fromDatabase('25006')))).toBe(true)
  expect(isReadOnlyError(fromDatabase('25P03'))).toBe(false)
})
