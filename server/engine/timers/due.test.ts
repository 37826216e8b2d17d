import { afterAll, afterEach, expect, test } from 'vitest'
import type { RawSql } from '@/db/client'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { transaction } from '@/db/transaction'
import { updateAgent } from '@/server/agents/write'
import { agent, clear, secretKey, silent, system } from '@/tests/engine'
import { tick } from './tick'

const database = await createTestDatabase()
const { sql } = database
const impatient = openClient(database.connection, { max: 4, applicationName: 'impatient', leaseMs: 300 })
afterEach(() => clear(sql))
afterAll(async () => {
  await impatient.end()
  await database.drop()
})

async function makeDue(agentId: string): Promise<void> {
  await sql`update agents set next_heartbeat_at = now() - interval '1 second' where id = ${agentId}`
}

async function secondsAhead(agentId: string): Promise<number> {
  const [row] = await sql<[{ ahead: number }]>`
    select extract(epoch from next_heartbeat_at - now())::float8 as ahead from agents where id = ${agentId}`
  return row.ahead
}

/** Copies of this agent that are due in `sec`. */
async function others(agentId: string, count: number, sec: number): Promise<void> {
  await sql`
    insert into agents (company_id, name, adapter_type, adapter_config, runtime_config, next_heartbeat_at)
    select company_id, 'Other', adapter_type, adapter_config, runtime_config, now() + ${sec} * interval '1 second'
    from agents, generate_series(1, ${count}) where id = ${agentId}`
}

function faultLog() {
  const faults: unknown[] = []
  return { faults, log: Object.assign(Object.create(silent), { error: (fault: unknown) => faults.push(fault) }) }
}

test('a tick does not read the agents that are not due', async () => {
  const { id } = await agent(sql, { intervalSec: 3600 })
  await others(id, 2000, 3600)
  await sql`analyze agents`
  const rowsRead = await transaction(sql, async (tx) => {
    // Earlier reads of this session may not be reported yet, and are counted too.
    const read = async () => {
      const [agents] = await tx<[{ read: number }]>`
        select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'agents'`
      return agents.read
    }
    const before = await read()
    expect(await tick(tx as unknown as RawSql, silent)).toBe(0)
    return (await read()) - before
  })
  expect(rowsRead).toBeLessThan(10)
})

test('an agent whose timer cannot fire is tried once an hour until it is changed', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  await sql`update agents set runtime_config = '{"heartbeat":null}' where id = ${id}`
  const { log, faults } = faultLog()
  for (const tries of [1, 1, 2]) {
    if (tries > faults.length) await makeDue(id)
    expect(await tick(sql, log)).toBe(0)
    expect(faults).toHaveLength(tries)
    expect(await secondsAhead(id)).toBeGreaterThan(3590)
  }
  await updateAgent(sql, system, secretKey, id, { runtimeConfig: { heartbeat: { intervalSec: 60 } } })
  expect(await secondsAhead(id)).toBeLessThanOrEqual(60)
})

test('a timer that fails because the database is busy fires at the next tick', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  await makeDue(id)
  const { log, faults } = faultLog()
  await transaction(sql, async (tx) => {
    await tx`lock table agent_wakeup_requests`
    expect(await tick(impatient, log)).toBe(0)
  })
  expect(faults).toHaveLength(1)
  expect(await tick(sql, log)).toBe(1)
})

test('a page full of locked agents does not block those behind it', async () => {
  const { id } = await agent(sql, { intervalSec: 60 })
  await others(id, 520, -3600)
  await makeDue(id)
  await transaction(sql, async (tx) => {
    await tx`select from agents where name = 'Other' for no key update`
    expect(await tick(impatient, silent)).toBe(1)
  })
  expect(await sql`select from agent_wakeup_requests where agent_id = ${id}`).toHaveLength(1)
})
