import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient, type Tx } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { isAlive } from '@/server/processes/process-table'
import { runOf, waiters, wake as wakeAside } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { hireAgent, runThatIs, sh, wake } from '@/tests/scene'
import { endServers, startServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const { sql } = database
const databaseUrl = urlOf(database.connection)
/** May idle in a transaction. */
const patient = openClient(database.connection, { max: 1, applicationName: 'patient', statementTimeoutMs: 0 })
afterEach(endServers)
afterAll(async () => {
  await patient.end()
  await database.drop()
})

async function liveWorker(): Promise<{ id: string; runnerPid: number }> {
  const [worker] = await sql<
    { id: string; runnerPid: number }[]
  >`select id, runner_pid from servers where ended_at is null`
  if (!worker) throw new Error('no runner is alive')
  return worker
}

/** Locks the worker's row: its renewal and its end wait, claims do not. */
async function lockWorker(tx: Tx, id: string) {
  await tx`select from servers where id = ${id} for no key update`
}

/** As another server would: nothing is claimed with it. */
async function queueAside(agentId: string): Promise<string> {
  return (await wakeAside(sql, agentId)).run?.id ?? ''
}

test('a server that was told to stop claims no more, however long its lease takes to say so', async () => {
  const server = await startServer({ databaseUrl })
  const { agentId } = await hireAgent(server.client, sh('true'))
  const { id } = await liveWorker()
  const runId = await patient.begin(async (tx) => {
    await lockWorker(tx, id)
    server.signal('SIGTERM')
    await waiters(sql, 1)
    const queued = await queueAside(agentId)
    expect(await server.exited).toEqual({ code: 0, signal: null })
    return queued
  })
  expect((await runOf(sql, runId)).status).toBe('queued')
})

test('a runner whose web server has died claims nothing more', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_MAX_RUNS: '1' } })
  const enough = join(server.dataDir, 'enough')
  const first = await hireAgent(server.client, sh('until [ -e "$1" ]; do sleep 0.02; done', enough))
  const second = await hireAgent(server.client, sh('true'))
  const { id, runnerPid } = await liveWorker()
  server.signal('SIGSTOP')
  const [running, queued] = [await queueAside(first.agentId), await queueAside(second.agentId)]
  await eventually(async () => (await runOf(sql, running)).processPid, 'it runs')
  await patient.begin(async (tx) => {
    await lockWorker(tx, id)
    await server.kill9()
    await waiters(sql, 1)
    writeFileSync(enough, '')
    await eventually(() => !isAlive(runnerPid), 'the runner has left')
  })
  expect((await runOf(sql, running)).status).toBe('succeeded')
  expect((await runOf(sql, queued)).status).toBe('queued')
})

test('a wakeup between the death of a runner and its end in the table waits for the next one', async () => {
  const server = await startServer({ databaseUrl })
  const { agentId } = await hireAgent(server.client, sh('true'), { retryOnRunnerLost: 0 })
  const worker = await liveWorker()
  const runId = await patient.begin(async (tx) => {
    await lockWorker(tx, worker.id)
    process.kill(worker.runnerPid, 'SIGKILL')
    await eventually(() => server.output().stderr.includes('the runner died'), 'its web server sees it')
    return await wake(server.client, agentId)
  })
  await runThatIs(server.client, runId, 'succeeded')
})
