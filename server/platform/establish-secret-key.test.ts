import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { StartupError } from '@/server/domain/startup-error'
import { seal } from '@/server/secrets/seal'
import { establishSecretKey } from './establish-secret-key'
import { createLogger } from './logger'

const database = await createTestDatabase()
const { sql } = database
const log = createLogger('silent')
const folders: string[] = []
beforeEach(async () => {
  await sql`truncate installation`
  await sql`truncate companies cascade`
})
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
afterAll(() => database.drop())

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-key-'))
  folders.push(folder)
  return folder
}

function establish(dataDir: string, more: { secretKey?: Buffer; replaceSecretKey?: string } = {}) {
  return establishSecretKey(sql, { dataDir, secretKey: undefined, replaceSecretKey: undefined, ...more }, log)
}

async function refusal(...given: Parameters<typeof establish>): Promise<string> {
  const error = await establish(...given).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(StartupError)
  return (error as StartupError).message
}

async function storeSecret(key: Buffer) {
  const companyId = crypto.randomUUID()
  await sql`insert into companies (id, name) values (${companyId}, 'Acme')`
  await sql`insert into company_secrets (company_id, name, sealed_value)
    values (${companyId}, 'TOKEN', ${seal(key, { companyId, name: 'TOKEN' }, 'value')})`
  await sql`insert into notification_webhooks (company_id, url, sealed_secret) values (${companyId}, 'http://x', 'sealed')`
}

test('is created with an empty database, and stays the same at every start', async () => {
  const folder = newFolder()
  const key = await establish(folder)
  expect((await establish(folder)).equals(key)).toBe(true)
  expect((await establish(newFolder(), { secretKey: key })).equals(key)).toBe(true)
})

test('servers that start together on an empty database create one key', async () => {
  const dataDirs = [newFolder(), newFolder(), newFolder()]
  const outcomes = await Promise.allSettled(dataDirs.map((dataDir) => establish(dataDir)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(dataDirs.filter((dataDir) => existsSync(join(dataDir, 'secret.key')))).toHaveLength(1)
})

test('a lost key is not replaced automatically: the error says what a new one would delete, and nothing is written', async () => {
  const folder = newFolder()
  await storeSecret(await establish(folder))
  rmSync(join(folder, 'secret.key'))
  const missing = await refusal(folder)
  expect(missing).toMatch(
    /^The secret key this database was set up with is missing: .*backup.*REVEILLE_REPLACE_SECRET_KEY=[0-9a-f]{8}: that deletes 1 stored secrets and 1 webhooks/,
  )
  expect(existsSync(join(folder, 'secret.key'))).toBe(false)
  const other = await refusal(folder, { secretKey: randomBytes(32) })
  expect(other).toMatch(/^REVEILLE_SECRET_KEY is not the one this database was set up with: /)
  // It names one lost key: left in the environment it deletes nothing of another.
  await refusal(folder, { replaceSecretKey: '00000000' })
  expect(await sql`select from company_secrets`).toHaveLength(1)
})

test('a key that is replaced on purpose has its sealed values deleted', async () => {
  const folder = newFolder()
  const lost = await establish(folder)
  await storeSecret(lost)
  rmSync(join(folder, 'secret.key'))
  const [, replaceSecretKey = ''] = /REVEILLE_REPLACE_SECRET_KEY=(\w+)/.exec(await refusal(folder)) ?? []
  const key = await establish(folder, { replaceSecretKey })
  expect(key.equals(lost)).toBe(false)
  expect(readFileSync(join(folder, 'secret.key'), 'utf8').trim()).toBe(key.toString('base64'))
  for (const table of ['company_secrets', 'notification_webhooks']) {
    expect(await sql`select from ${sql(table)}`).toHaveLength(0)
  }
  expect((await establish(folder)).equals(key)).toBe(true)
  // The other servers have the old key, and the error says so.
  expect(await refusal(newFolder(), { secretKey: lost, replaceSecretKey })).toMatch(
    /^REVEILLE_SECRET_KEY is not the one/,
  )
})

test('a key is not replaced while servers run with it', async () => {
  const folder = newFolder()
  await establish(folder)
  await sql`
    insert into servers (id, role, host, machine, pid, data_dir, max_runs, draining, lease_expires_at)
    values (${crypto.randomUUID()}, 'all', 'host', 'machine', 1, '/', 1, false, now() + interval '1 minute')`
  rmSync(join(folder, 'secret.key'))
  const [{ mark }] = await sql<[{ mark: string }]>`select left(secret_key_mark, 8) as mark from installation`
  expect(await refusal(folder, { replaceSecretKey: mark })).toMatch(
    /Servers that have it are running on this database\.$/,
  )
  await sql`truncate servers cascade`
})
