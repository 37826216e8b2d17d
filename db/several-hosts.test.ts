import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createProxy } from '@/tests/proxy'
import { openClient, type RawSql } from './connection'
import { createTestDatabase } from './testing/database'

// A fix to postgres.js in `patches/`: without it, a list of unreachable hosts is retried forever, without a pause.
const database = await createTestDatabase()
const { directory, user, database: name } = database.connection
const proxy = await createProxy(join(directory, '.s.PGSQL.5432'))
const good = new URL(proxy.url).host
const refusing = '127.0.0.1:1'
let attempts = 0
const closing = createServer((socket) => {
  attempts += 1
  socket.end()
}).listen(0, '127.0.0.1')
await once(closing, 'listening')
const ending = `127.0.0.1:${(closing.address() as AddressInfo).port}`

const clients: RawSql[] = []
afterEach(() => {
  attempts = 0
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end({ timeout: 1 })))
  closing.close()
  await proxy.close()
  await database.drop()
})

function connectTo(...hosts: string[]): RawSql {
  const url = `postgres://${user}@${hosts}/${name}`
  const client = openClient({ kind: 'url', url }, { max: 1, applicationName: 'several hosts' })
  clients.push(client)
  return client
}

async function outcomeOf(call: PromiseLike<unknown>): Promise<string> {
  const settled = Promise.resolve(call).then(
    () => 'done',
    (error) => String(error.code ?? error.message),
  )
  return await Promise.race([settled, sleep(5000, 'never answered', { ref: false })])
}

test.each([[[refusing, good]], [[ending, good]], [[refusing, ending, good]], [[good, refusing]]])(
  'of %s the reachable one is used',
  async (hosts) => {
    const sql = connectTo(...hosts)
    expect(await outcomeOf(sql`select 1`)).toBe('done')
    expect(await outcomeOf(sql.begin((tx) => tx`select 1`))).toBe('done')
  },
)

test.each([
  [[refusing], 'ECONNREFUSED'],
  [[refusing, refusing], 'ECONNREFUSED'],
  [[ending], 'CONNECTION_CLOSED'],
  [[ending, ending], 'CONNECTION_CLOSED'],
])('the call fails when none of %s responds', async (hosts, code) => {
  const sql = connectTo(...hosts)
  for (const call of [() => sql`select 1`, () => sql.begin((tx) => tx`select 1`), () => sql.reserve()]) {
    expect(await outcomeOf(call())).toBe(code)
  }
  expect(attempts).toBeLessThanOrEqual(3 * hosts.length)
})
