import { afterAll, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { agent, endingOf, started, worker } from '@/tests/engine'
import { end } from './transition'

const database = await createTestDatabase()
// One session, which reports what it has read.
const sql = openClient(database.connection, { max: 1, applicationName: 'test' })
afterAll(async () => {
  await sql.end()
  await database.drop()
})

async function wholeReads(): Promise<number> {
  await sql`select pg_stat_force_next_flush()`
  const [row] = await sql<[{ reads: number }]>`
    select seq_scan as reads from pg_stat_user_tables where relname = 'heartbeat_runs'`
  return row.reads
}

test('the ending of a run does not read the whole table, not even a small one', async () => {
  const { id: agentId, companyId } = await agent(sql)
  await sql`
    insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
      queue_position, created_at, started_at, finished_at, log_bytes)
    select ${companyId}, ${agentId}, 'succeeded', 'timer', 'system', '{}', at, at, at, at, 0
    from generate_series(1, 3000) n, lateral (select now() - n * interval '1 second' as at) times`
  await sql`analyze`
  const workerId = await worker(sql)
  const run = await started(sql, agentId, workerId)
  const before = await wholeReads()
  expect(await end(sql, [endingOf(run, workerId)])).toHaveLength(1)
  expect(await wholeReads()).toBe(before)
})
