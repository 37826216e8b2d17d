import { afterAll, expect, test } from 'vitest'
import type { Tx } from '@/db/client'
import { createTestDatabase } from '@/db/testing/database'
import { agent, company, started, wake, worker } from '@/tests/engine'
import { claimIn } from './claim'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

/** Makes agents of a company, each with a queued run that is older than all others. */
async function seed(companyId: string, count: number): Promise<void> {
  await sql`
    with a as (
      insert into agents (company_id, name, adapter_type, adapter_config, runtime_config)
      select ${companyId}, 'agent ' || g, 'process', '{}', '{}' from generate_series(1, ${count}::int) g returning id
    )
    insert into heartbeat_runs (company_id, agent_id, invocation_source, trigger_detail, context_snapshot, queue_position)
    select ${companyId}, id, 'on_demand', 'manual', '{"wakeups":[]}', now() - interval '1 hour' from a`
}

/** The number of rows of runs and agents that this session has read and not yet reported, also in earlier transactions. */
async function readIn(tx: Tx): Promise<number> {
  const [row] = await tx<[{ read: number }]>`
    select sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::int as read from pg_stat_xact_user_tables
    where relname in ('heartbeat_runs', 'agents')`
  return row.read
}

test('a claim does not read the queue of a company that is paused or at its limit', async () => {
  const [limited, paused] = [await company(sql, { maxConcurrentRuns: 1 }), await company(sql)]
  const workerId = await worker(sql)
  await started(sql, (await agent(sql, {}, { companyId: limited })).id, workerId)
  await seed(limited, 5000)
  await seed(paused, 5000)
  await sql`update companies set status = 'paused' where id = ${paused}`
  await sql`analyze`
  const { id } = await agent(sql)
  await wake(sql, id)
  const { claimed, read } = await sql.begin(async (tx) => {
    const before = await readIn(tx)
    const { runs } = await claimIn(tx, workerId, 10)
    return { claimed: runs.map(({ agentId }) => agentId), read: (await readIn(tx)) - before }
  })
  expect(claimed).toEqual([id])
  expect(read).toBeLessThan(500)
})
