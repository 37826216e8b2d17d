import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createProxy } from '@/tests/proxy'
import { openClient, type RawSql, type Tx } from './connection'
import { createTestDatabase } from './testing/database'
import { transaction } from './transaction'

// These tests cover fixes to postgres.js in `patches/`: without them calls never resolve here, or an uncaught error
// ends the process.
const database = await createTestDatabase()
const { directory, user, database: name } = database.connection
const proxy = await createProxy(join(directory, '.s.PGSQL.5432'))
const clients: RawSql[] = []
beforeAll(async () => {
  await database.sql`create table notes (n int)`
})
afterEach(() => proxy.mend())
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end({ timeout: 1 })))
  await proxy.close()
  await database.drop()
})

function connectThroughProxy(max: number): RawSql {
  const url = `postgres://${user}@${new URL(proxy.url).host}/${name}`
  const client = openClient({ kind: 'url', url }, { max, applicationName: 'behind a proxy' })
  clients.push(client)
  return client
}

function outcomeOf(call: Promise<unknown>): Promise<string> {
  const settled = call.then(
    () => 'done',
    (error) => String(error.code ?? error.message),
  )
  return Promise.race([settled, sleep(10_000, 'never answered', { ref: false })])
}

type Begin = <T>(sql: RawSql, work: (tx: Tx) => Promise<T>) => Promise<unknown>
const ways: Record<string, Begin> = { transaction, 'sql.begin': (sql, work) => sql.begin(work) }

describe.each(Object.entries(ways))('%s', (_name, begin) => {
  it('fails while it waits for a connection and the attempts fail', async () => {
    const sql = connectThroughProxy(2)
    proxy.breakDown()
    const early = Array.from({ length: 6 }, () => outcomeOf(begin(sql, (tx) => tx`select 1`)))
    expect(await early[0]).toBe('ECONNRESET')
    const late = Array.from({ length: 6 }, () => outcomeOf(begin(sql, (tx) => tx`select 1`)))
    expect(await late[0]).toBe('ECONNRESET')
    proxy.mend()
    const seen = new Set([...(await Promise.all(early)), ...(await Promise.all(late))])
    expect([...seen].filter((outcome) => outcome !== 'ECONNRESET' && outcome !== 'done')).toEqual([])
    const after = Array.from({ length: 6 }, () => outcomeOf(begin(sql, (tx) => tx`select 1`)))
    expect(await Promise.all(after)).toEqual(Array(6).fill('done'))
  })

  it('fails when its session is ended, and no other call does', async () => {
    const sql = connectThroughProxy(2)
    const pids: number[] = []
    const calls = [0, 1, 2, 3].map((nth) =>
      begin(sql, async (tx) => {
        const [row] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`
        pids[nth] = row.pid
        if (nth === 0) await database.sql`select pg_terminate_backend(${row.pid}, 5000)`
        await tx`select pg_sleep(0.1)`
      }),
    )
    const outcomes = await Promise.all(calls.map(outcomeOf))
    expect(outcomes[0]).toMatch(/57P01|CONNECTION_CLOSED/)
    expect(outcomes.slice(1)).toEqual(['done', 'done', 'done'])
  })

  it('does not break the next call when its work fails while the connection is lost', async () => {
    const sql = connectThroughProxy(1)
    const refused = begin(sql, async (tx) => {
      const [row] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`
      await database.sql`select pg_terminate_backend(${row.pid}, 5000)`
      throw new Error('refused')
    })
    expect(await outcomeOf(refused)).toMatch(/refused|CONNECTION_CLOSED|57P01/)
    expect(await outcomeOf(sql`select 1`)).toBe('done')
  })

  it('never continues on the connection of another call', async () => {
    const sql = connectThroughProxy(1)
    const late = begin(sql, async (tx) => {
      await tx`select 1`
      proxy.cut()
      // This call reconnects the only connection.
      while ((await outcomeOf(sql`select 1`)) !== 'done');
      await tx`insert into notes values (1)`
    })
    expect(await outcomeOf(late)).toMatch(/CONNECTION_CLOSED|ECONNRESET/)
    expect(await database.sql`select from notes`).toHaveLength(0)
  })
})
