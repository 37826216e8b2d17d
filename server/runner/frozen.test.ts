import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { isAlive } from '@/server/processes/process-table'
import { eventually } from '@/tests/eventually'
import { processesWith } from '@/tests/processes'
import { followLog, hireAgent, retryOf, runThatIs, sh, wake } from '@/tests/scene'
import { endServers, startServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
afterAll(() => database.drop())

/** Writes its run's id once, then for ever. */
const talking = sh('while :; do echo "$REVEILLE_RUN_ID"; sleep 0.1; done')

async function runnerOf(runId: string): Promise<{ pid: number; workerId: string }> {
  const [row] = await database.sql<[{ pid: number; workerId: string }]>`
    select s.runner_pid as pid, s.id as worker_id
    from servers s join heartbeat_runs r on r.server_id = s.id where r.id = ${runId}`
  return row
}

test('a runner frozen past its lease: its run is ended, killed and begun again by another; thawed, it writes nothing', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_LEASE_SEC: '2' } })
  const { agentId, companyId } = await hireAgent(server.client, talking)
  const runId = await wake(server.client, agentId)
  const log = followLog(server.client, runId)
  await eventually(() => log.entries.length > 1, 'it talks')
  const frozen = await runnerOf(runId)
  process.kill(frozen.pid, 'SIGSTOP')

  const lost = await runThatIs(server.client, runId, 'failed')
  expect(lost.errorCode).toBe('runner_lost')
  expect(await processesWith(`REVEILLE_RUN_ID=${runId}`)).toEqual([])
  const text = await log.done
  expect(lost.logBytes).toBe(Buffer.byteLength(text))
  const retry = await retryOf(server.client, companyId, runId)
  await runThatIs(server.client, retry.id, 'running')
  expect((await runnerOf(retry.id)).workerId).not.toBe(frozen.workerId)
  if (isAlive(frozen.pid)) process.kill(frozen.pid, 'SIGCONT')
  await eventually(() => !isAlive(frozen.pid), 'the frozen runner is gone')

  const events = await server.client.run.events.query({ runId })
  const later = await server.client.run.get.query({ runId })
  expect(later).toEqual(lost)
  expect(events.items.at(-1)?.payload).toMatchObject({ status: 'failed' })
  expect((await server.client.run.get.query({ runId: retry.id })).status).toBe('running')
  await server.client.run.cancel.mutate({ runId: retry.id })
  await runThatIs(server.client, retry.id, 'cancelled')
})

test('a whole runner server frozen past its lease: another server runs its work; thawed, it starts a new worker', async () => {
  const env = { REVEILLE_LEASE_SEC: '2' }
  const web = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'web' } })
  const frozen = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'runner' } })
  const { agentId, companyId } = await hireAgent(web.client, talking)
  const runId = await wake(web.client, agentId)
  await eventually(async () => (await web.client.run.log.query({ runId })).nextOffset > 0, 'it talks')
  const { pid, workerId } = await runnerOf(runId)
  expect(pid).toBe(frozen.pid)
  frozen.signal('SIGSTOP')

  await runThatIs(web.client, runId, 'failed')
  expect(await processesWith(`REVEILLE_RUN_ID=${runId}`)).toEqual([])
  const lost = await web.client.run.get.query({ runId })
  const other = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'runner' } })
  const retry = await retryOf(web.client, companyId, runId)
  await runThatIs(web.client, retry.id, 'running')
  expect((await runnerOf(retry.id)).pid).toBe(other.pid)

  frozen.signal('SIGCONT')
  await eventually(async () => {
    const { servers } = await web.client.system.status.query()
    return servers.some((server) => server.pid === frozen.pid && server.id !== workerId)
  }, 'a new worker')
  expect(await web.client.run.get.query({ runId })).toEqual(lost)
  const next = await wake(web.client, (await hireAgent(web.client, sh('echo hi'))).agentId)
  await runThatIs(web.client, next, 'succeeded')
  await web.client.run.cancel.mutate({ runId: retry.id })
  await runThatIs(web.client, retry.id, 'cancelled')
})
