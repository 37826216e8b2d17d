import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { socketDirectory } from '@/db/embedded/location'
import { type Embedded, startEmbedded } from '@/db/embedded/start'
import { eventually } from './eventually'
import { followLog, hireAgent, isWhole, runThatIs, sh, wake } from './scene'
import { endServers, startServer, urlOf } from './server'

const silent = { info: () => {}, error: () => {} }
const folder = mkdtempSync(join(tmpdir(), 'reveille-away-'))
chmodSync(folder, 0o755)
let cluster: Embedded | null = null
afterEach(async () => {
  await endServers()
  await cluster?.stop()
})
afterAll(() => {
  rmSync(socketDirectory(folder), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

async function startCluster(): Promise<Embedded> {
  cluster = await startEmbedded({ dataDir: folder, log: silent, settings: { fsync: 'off' } })
  return cluster
}

const leaseSec = 3
const awaySec = 3 * leaseSec

test('PostgreSQL gone for three leases: runs go on, logs are whole, outcomes are written when it is back', async () => {
  const { connection } = await startCluster()
  const env = { REVEILLE_LEASE_SEC: String(leaseSec) }
  const server = await startServer({ databaseUrl: urlOf(connection), env })
  const { client } = server
  const talk = 'i=0; while [ ! -e "$1" ]; do i=$((i+1)); echo "line $i"; sleep 0.02; done; echo end'
  const files = [`${server.dataDir}/during`, `${server.dataDir}/after`]
  const runs = await Promise.all(
    files.map(async (file) => wake(client, (await hireAgent(client, sh(talk, file))).agentId)),
  )
  const logs = runs.map((runId) => followLog(client, runId))
  for (const log of logs) await eventually(() => log.entries.length > 3, 'it talks')

  await cluster?.stop()
  const before = logs.map((log) => log.text().length)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  const unready = await fetch(`${server.url}/readyz`)
  expect([unready.status, await unready.json()]).toEqual([
    503,
    { ready: false, reason: 'The database does not answer.' },
  ])
  const call = await client.company.list.query({}).catch((error: unknown) => error)
  expect(call).toMatchObject({ data: { reason: 'unavailable' } })
  await sleep((awaySec * 1000) / 2)
  writeFileSync(files[0] ?? '', '')
  await sleep((awaySec * 1000) / 2)
  // The log does not pass through the database: who was following it went on following.
  for (const [at, log] of logs.entries()) expect(log.text().length).toBeGreaterThan((before[at] ?? 0) + 100)

  await startCluster()
  await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 200, 'ready again')
  const [ended, going] = runs
  const finished = await runThatIs(client, ended ?? '', 'succeeded')
  expect((await client.run.get.query({ runId: going ?? '' })).status).toBe('running')
  writeFileSync(files[1] ?? '', '')
  const later = await runThatIs(client, going ?? '', 'succeeded')
  for (const [at, run] of [finished, later].entries()) {
    const log = logs[at] ?? followLog(client, run.id)
    const text = await log.done
    expect(isWhole(log.entries)).toBe(true)
    expect(run.logBytes).toBe(Buffer.byteLength(text))
    const lines = text.trim().split('\n')
    expect(lines.slice(0, -1)).toEqual(lines.slice(0, -1).map((_line, index) => `line ${index + 1}`))
    expect(lines.at(-1)).toBe('end')
  }
  const sql = openClient(connection, { max: 1, applicationName: 'test' })
  const [counted] = await sql`
    select count(*) as runs from heartbeat_runs where agent_id in (select agent_id from heartbeat_runs where id in ${sql(runs)})`
  await sql.end()
  expect(counted).toEqual({ runs: 2 })
  const next = await wake(client, (await hireAgent(client, sh('echo hi'))).agentId)
  await runThatIs(client, next, 'succeeded')
  expect(await server.stop()).toEqual({ code: 0, signal: null })
})
