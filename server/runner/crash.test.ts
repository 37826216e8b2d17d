import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { isAlive } from '@/server/processes/process-table'
import { eventually } from '@/tests/eventually'
import { processesWith } from '@/tests/processes'
import { followLog, hireAgent, isWhole, retryOf, runThatIs, sh, wake } from '@/tests/scene'
import { endServers, newDataDir, startServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
afterAll(() => database.drop())

const counting = sh('i=0; while [ ! -e "$1" ]; do i=$((i+1)); echo "line $i"; sleep 0.05; done; echo end')

/** Counts lines until a file appears. */
function countingUntil(file: string) {
  return { ...counting, args: [...(counting.args ?? []), file] }
}

async function runnerOf(runId: string): Promise<number> {
  const [row] = await database.sql<[{ runnerPid: number; workerId: string }]>`
    select s.runner_pid from servers s join heartbeat_runs r on r.server_id = s.id where r.id = ${runId}`
  return row.runnerPid
}

test('kill -9 of the web server: the run goes on, the next server shows it live and whole, its runner leaves', async () => {
  const dataDir = newDataDir()
  const first = await startServer({ databaseUrl, dataDir })
  const { agentId } = await hireAgent(first.client, countingUntil(`${dataDir}/enough`))
  const runId = await wake(first.client, agentId)
  const before = followLog(first.client, runId)
  await eventually(() => before.entries.length > 3, 'some lines')
  const runner = await runnerOf(runId)
  await first.kill9()

  const second = await startServer({ databaseUrl, dataDir })
  expect((await second.client.run.get.query({ runId })).status).toBe('running')
  expect(await runnerOf(runId)).toBe(runner)
  const after = followLog(second.client, runId)
  const seen = before.text().length
  await eventually(() => after.text().length > 2 * seen, 'it writes on')
  await second.client.company.create.mutate({ name: 'Still at work' })
  expect(isAlive(runner)).toBe(true)

  writeFileSync(`${dataDir}/enough`, '')
  const text = await after.done
  expect(isWhole(after.entries)).toBe(true)
  expect(text.startsWith(before.text())).toBe(true)
  const lines = text.trim().split('\n')
  expect(lines.at(-1)).toBe('end')
  expect(lines.slice(0, -1)).toEqual(lines.slice(0, -1).map((_line, at) => `line ${at + 1}`))
  const run = await runThatIs(second.client, runId, 'succeeded')
  expect(run.logBytes).toBe(Buffer.byteLength(text))
  await eventually(() => !isAlive(runner), 'the runner left')
})

test('kill -9 of web server and runner: the next start ends the run at once, kills what is left and tries again', async () => {
  const dataDir = newDataDir()
  const first = await startServer({ databaseUrl, dataDir })
  const { agentId, companyId } = await hireAgent(first.client, sh('setsid sleep 300 & sleep 300 & echo up; wait'))
  const runId = await wake(first.client, agentId)
  await eventually(async () => (await processesWith(`REVEILLE_RUN_ID=${runId}`)).length === 3, 'three processes')
  await eventually(async () => (await first.client.run.log.query({ runId })).nextOffset > 0, 'it said up')
  const left = await processesWith(`REVEILLE_RUN_ID=${runId}`)
  process.kill(await runnerOf(runId), 'SIGKILL')
  await first.kill9()
  expect(left.filter(isAlive)).toEqual(left)

  const second = await startServer({ databaseUrl, dataDir })
  const run = await second.client.run.get.query({ runId })
  expect(run).toMatchObject({ status: 'failed', errorCode: 'runner_lost' })
  expect(left.filter(isAlive)).toEqual([])
  const retry = await retryOf(second.client, companyId, runId)
  await runThatIs(second.client, retry.id, 'running')
  expect(await second.client.run.log.query({ runId })).toMatchObject({ entries: [{ chunk: 'up\n' }], done: true })
})

test('kill -9 of the runner alone: its server sees it long before the lease runs out, and another runner takes the work up', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_LEASE_SEC: '3600' } })
  const { agentId, companyId } = await hireAgent(server.client, sh('sleep 300 & echo up; wait'))
  const runId = await wake(server.client, agentId)
  await eventually(async () => (await processesWith(`REVEILLE_RUN_ID=${runId}`)).length === 2, 'two processes')
  const left = await processesWith(`REVEILLE_RUN_ID=${runId}`)
  const log = followLog(server.client, runId)
  await eventually(() => log.text() === 'up\n', 'it said up')
  const runner = await runnerOf(runId)
  process.kill(runner, 'SIGKILL')

  const run = await runThatIs(server.client, runId, 'failed')
  expect(run).toMatchObject({ errorCode: 'runner_lost', survivorsKilled: 2 })
  expect(left.filter(isAlive)).toEqual([])
  expect(await log.done).toBe('up\n')
  const retry = await retryOf(server.client, companyId, runId)
  await runThatIs(server.client, retry.id, 'running')
  expect(await runnerOf(retry.id)).not.toBe(runner)
  await server.client.run.cancel.mutate({ runId: retry.id })
  await runThatIs(server.client, retry.id, 'cancelled')
})
