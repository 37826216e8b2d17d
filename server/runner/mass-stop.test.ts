import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { findByMarker } from '@/server/processes/by-marker'
import { eventually } from '@/tests/eventually'
import { hireAgent, sh, wake } from '@/tests/scene'
import { endServers, startServer, urlOf } from '@/tests/server'

/** Each of three processes. */
const runs = 100
const database = await createTestDatabase()
const { sql } = database
afterAll(async () => {
  await endServers()
  await database.drop()
})

test('many runs that are under way when their server is stopped all end as stopped with it', async () => {
  const databaseUrl = urlOf(database.connection)
  const env = { REVEILLE_MAX_RUNS: String(runs), REVEILLE_DRAIN_SEC: '0', REVEILLE_LEASE_SEC: '5' }
  const server = await startServer({ databaseUrl, env })
  const program = sh('sleep 300 & sleep 300 & wait')
  const { companyId, agentId } = await hireAgent(server.client, program, { maxConcurrentRuns: 1 })
  const adapterConfig = { cwd: '/', ...program }
  const agents = [agentId]
  while (agents.length < runs) {
    const agent = { companyId, name: `Ada ${agents.length}`, adapterType: 'process', adapterConfig } as const
    agents.push((await server.client.agent.create.mutate(agent)).id)
  }
  const runIds = await Promise.all(agents.map((id) => wake(server.client, id)))
  await eventually(async () => {
    const found = await Promise.all(runIds.map((runId) => findByMarker(runId, { fresh: true })))
    return found.every((pids) => pids.length === 3)
  }, 'all processes of all runs are there')
  await server.stop()
  const ends = await sql`
    select status, error_code, count(*)::int as runs from heartbeat_runs
    where id = any(${runIds}) group by status, error_code`
  expect(ends).toEqual([{ status: 'failed', errorCode: 'server_stopped', runs }])
  const [retries] = await sql`
    select count(*)::int as runs from heartbeat_runs where retry_of_run_id = any(${runIds}) and status = 'queued'`
  expect(retries).toEqual({ runs })
  const left = await Promise.all(runIds.map((runId) => findByMarker(runId, { fresh: true })))
  expect(left.flat()).toEqual([])
})
