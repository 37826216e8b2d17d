import { afterAll, afterEach, expect, test } from 'vitest'
import { clusterPath } from '@/db/embedded/location'
import { createTestDatabase } from '@/db/testing/database'
import { descendantsOf } from '@/server/processes/groups'
import { hasProc, isAlive, signalTo } from '@/server/processes/process-table'
import { eventually } from '@/tests/eventually'
import { processesWith } from '@/tests/processes'
import { hireAgent, retryOf, runThatIs, sh, wake } from '@/tests/scene'
import { endServers, newDataDir, startServer, type TestServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
afterAll(database.drop)

/** One that dies of the signal, one whose shell does, one that tidies up first. */
const programs = [
  sh('exec sleep 300'),
  sh('sleep 300; echo never'),
  sh('trap "echo tidied; exit 143" TERM; sleep 300 & wait'),
]

async function liveRuns({ client }: TestServer) {
  const runs = []
  for (const program of programs) {
    const { companyId, agentId } = await hireAgent(client, program, { retryOnRunnerLost: 0 })
    const runId = await wake(client, agentId)
    const pid = await eventually(async () => (await runThatIs(client, runId, 'running')).processPid, 'its process')
    runs.push({ companyId, runId, pid })
  }
  return runs
}

async function pidsOf(server: TestServer, runs: { runId: string }[]) {
  const ofRuns = await Promise.all(runs.map(({ runId }) => processesWith(runId)))
  const ofServer = (await processesWith(server.dataDir)).filter((pid) => !ofRuns.flat().includes(pid))
  return { ofRuns: ofRuns.flat(), ofServer }
}

async function expectServerStopped(server: TestServer, runs: { companyId: string; runId: string }[]) {
  for (const { companyId, runId } of runs) {
    const run = await runThatIs(server.client, runId, 'failed')
    expect(run).toMatchObject({ errorCode: 'server_stopped', error: 'The server was stopped.' })
    expect(await retryOf(server.client, companyId, runId)).toMatchObject({ retryOfRunId: runId })
  }
}

test('a stop that signals every process, programs first, ends its runs as stopped with the server', async () => {
  const server = await startServer({ databaseUrl })
  const runs = await liveRuns(server)
  const { ofRuns, ofServer } = await pidsOf(server, runs)
  expect(ofRuns.length).toBeGreaterThanOrEqual(programs.length)
  expect(ofServer).toHaveLength(2)
  for (const pid of ofRuns) signalTo(pid, 'SIGTERM')
  await eventually(() => !ofRuns.some(isAlive), 'the programs are gone before their server is signalled')
  for (const pid of ofServer) signalTo(pid, 'SIGTERM')
  expect(await server.exited).toEqual({ code: 0, signal: null })
  const next = await startServer({ databaseUrl, dataDir: server.dataDir })
  await expectServerStopped(next, runs)
})

test.runIf(hasProc)('also where the embedded database is among those that are signalled', async () => {
  const dataDir = newDataDir()
  // Endings wait so long for the database, which comes back as fast as the machine is.
  const server = await startServer({ dataDir, env: { REVEILLE_LEASE_SEC: '300' } })
  const runs = await liveRuns(server)
  const { ofRuns, ofServer } = await pidsOf(server, runs)
  const postmaster = await processesWith(`${clusterPath(dataDir)}\0`)
  const backends = await Promise.all(postmaster.map(descendantsOf))
  const everyone = [...ofRuns, ...backends.flat().map(({ pid }) => pid), ...ofServer]
  expect(everyone.length).toBeGreaterThan(10)
  for (const pid of everyone) signalTo(pid, 'SIGTERM')
  expect(await server.exited).toEqual({ code: 0, signal: null })
  await expectServerStopped(await startServer({ dataDir }), runs)
})

test('a runner that its web server has left stops its runs when it is told to', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_DRAIN_SEC: '0' } })
  const runs = await liveRuns(server)
  const { ofServer } = await pidsOf(server, runs)
  const runner = ofServer.find((pid) => pid !== server.pid)
  if (!runner) throw new Error('there is no runner')
  await server.kill9()
  await eventually(() => server.output().stderr.includes('the web server is gone'), 'the runner sees it')
  signalTo(runner, 'SIGTERM')
  await eventually(() => !isAlive(runner), 'the runner has left')
  await expectServerStopped(await startServer({ databaseUrl, dataDir: server.dataDir }), runs)
})

test('a program that is ended by a signal while its server goes on is killed by it', async () => {
  const server = await startServer({ databaseUrl })
  const [first] = await liveRuns(server)
  if (!first) throw new Error('nothing runs')
  signalTo(first.pid, 'SIGTERM')
  expect(await runThatIs(server.client, first.runId, 'failed')).toMatchObject({
    errorCode: 'killed_by_signal',
    signal: 'SIGTERM',
  })
})
