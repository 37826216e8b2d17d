import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createTestClient } from './client'
import { eventually } from './eventually'
import { processesWith } from './processes'
import { followLog, hireAgent, retryOf, runThatIs, sh, wake } from './scene'
import { endServers, launchServer, newDataDir, type ServerOptions, startServer, urlOf } from './server'

const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
afterAll(() => database.drop())

test('with nothing set, it brings its own PostgreSQL, signs its first person in once, and leaves nothing behind', async () => {
  const dataDir = newDataDir()
  const server = await startServer({ dataDir })
  const link = await server.signInLink()
  expect(link).toMatch(new RegExp(`^${server.url}/sign-in\\?token=`))
  const { agentId } = await hireAgent(server.client, sh('echo hi'))
  const runId = await wake(server.client, agentId)
  expect(await followLog(server.client, runId).done).toBe('hi\n')

  const signIn = () =>
    fetch(`${server.url}/api/sign-in`, { method: 'POST', redirect: 'manual', body: new URL(link).searchParams })
  const first = await signIn()
  expect([first.status, first.headers.get('location')]).toEqual([303, '/'])
  const cookie = first.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^reveille_session=\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
  const companies = (headers: Record<string, string>) => fetch(`${server.url}/api/trpc/company.list`, { headers })
  expect((await companies({ cookie: cookie.split(';')[0] ?? '' })).status).toBe(200)
  expect((await companies({})).status).toBe(401)
  expect((await signIn()).headers.get('location')).toBe('/sign-in?error=used')

  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect(await processesWith(dataDir)).toEqual([])
  const again = await startServer({ dataDir })
  expect((await again.client.run.get.query({ runId })).status).toBe('succeeded')
  expect(again.output().stdout).toBe(`reveille ready ${again.url}\n`)
})

async function isDraining(runId: string): Promise<boolean> {
  const [row] = await database.sql<[{ draining: boolean }]>`
    select draining from servers where id = (select server_id from heartbeat_runs where id = ${runId})`
  return row.draining
}

async function refusal(options: Partial<ServerOptions>) {
  const { exited, output } = await launchServer({ databaseUrl, dataDir: newDataDir(), ...options })
  const exit = await exited
  return { ...exit, ...output() }
}

test('a bad setting is one clear line and exit 1', async () => {
  expect(await refusal({ env: { REVEILLE_MAX_RUNS: 'many' } })).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: 'reveille: REVEILLE_MAX_RUNS must be a whole number from 1 to 10000, not "many".\n',
  })
  const secret = await refusal({ env: { REVEILLE_TOKEN: 'too short' } })
  expect(secret).toMatchObject({ code: 1, stderr: 'reveille: REVEILLE_TOKEN must be at least 16 characters.\n' })
})

test('a database that is not there is one clear line and exit 1', async () => {
  const nowhere = await refusal({ databaseUrl: 'postgres://me:secret@127.0.0.1:9/none' })
  expect(nowhere.code).toBe(1)
  const lines = nowhere.stderr.trim().split('\n')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^reveille: .*database/i)
  expect(lines[0]).not.toContain('secret')
})

test('a port that is taken is one clear line and exit 1', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const busy = await refusal({ env: { PORT: port } })
  other.close()
  expect(busy).toMatchObject({ code: 1, stdout: '' })
  expect(busy.stderr).toBe(
    `reveille: PORT ${port} on 127.0.0.1 is taken: stop what listens there, or set PORT to another (0 picks a free one).\n`,
  )
})

test('a second server on a data directory is refused, and the first works on', async () => {
  const first = await startServer()
  const second = await refusal({ dataDir: first.dataDir, databaseUrl: undefined })
  expect(second).toMatchObject({ code: 1, stdout: '' })
  expect(second.stderr).toMatch(/Another Reveille server is running on .*REVEILLE_DATA_DIR/)
  const { agentId } = await hireAgent(first.client, sh('echo hi'))
  await runThatIs(first.client, await wake(first.client, agentId), 'succeeded')
})

test('a server with another secret key than the others is refused', async () => {
  await startServer({ databaseUrl })
  const other = await refusal({ env: { REVEILLE_SECRET_KEY: Buffer.alloc(32, 'other').toString('base64') } })
  expect(other).toMatchObject({ code: 1, stdout: '' })
  expect(other.stderr).toMatch(/^reveille: REVEILLE_SECRET_KEY is not the one .*\n$/)
})

test('SIGTERM lets a run finish that can within the drain, and claims no other', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_DRAIN_SEC: '20' } })
  const file = `${server.dataDir}/enough`
  const busy = await hireAgent(server.client, sh('echo up; while [ ! -e "$1" ]; do sleep 0.05; done; echo end', file))
  const other = await hireAgent(server.client, sh('echo hi'))
  const runId = await wake(server.client, busy.agentId)
  const log = followLog(server.client, runId)
  await eventually(() => log.text() === 'up\n', 'it runs')
  // As where its whole group is told, and npm passes it on; two at the same moment the system would make one.
  server.signal('SIGTERM')
  await setTimeout(20)
  server.signal('SIGTERM')
  await eventually(() => isDraining(runId), 'it drains')
  const queued = await wake(server.client, other.agentId)
  writeFileSync(file, '')
  expect(await server.exited).toEqual({ code: 0, signal: null })
  const rows = await database.sql`
    select status, error_code, retry_of_run_id from heartbeat_runs where id in (${runId}, ${queued}) order by created_at`
  expect(rows).toMatchObject([{ status: 'succeeded', errorCode: null }, { status: 'queued' }])
})

test('SIGTERM stops what does not finish, has it queued again, and exits 0', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_DRAIN_SEC: '1' } })
  const { agentId, companyId } = await hireAgent(server.client, sh('echo up; sleep 300'), { retryOnRunnerLost: 0 })
  const runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId, 'running')
  const stoppedAt = performance.now()
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect(performance.now() - stoppedAt).toBeGreaterThan(950)
  expect(await processesWith(`REVEILLE_RUN_ID=${runId}`)).toEqual([])
  const rows = await database.sql`
    select status, error_code, retry_of_run_id from heartbeat_runs where agent_id = ${agentId} order by created_at`
  expect(rows).toMatchObject([
    { status: 'failed', errorCode: 'server_stopped' },
    { status: 'queued', errorCode: null, retryOfRunId: runId },
  ])

  const next = await startServer({ databaseUrl })
  const retry = await retryOf(next.client, companyId, runId)
  await runThatIs(next.client, retry.id, 'running')
  await next.client.run.cancel.mutate({ runId: retry.id })
  await runThatIs(next.client, retry.id, 'cancelled')
})

test('a second signal stops at once', async () => {
  const server = await startServer({ databaseUrl, env: { REVEILLE_DRAIN_SEC: '3600' } })
  const program = { ...sh("trap '' TERM; echo up; while :; do sleep 1; done"), graceSec: 3600 }
  const { agentId } = await hireAgent(server.client, program)
  const runId = await wake(server.client, agentId)
  const log = followLog(server.client, runId)
  await eventually(() => log.text() === 'up\n', 'it traps the signal')
  server.signal('SIGTERM')
  await eventually(() => isDraining(runId), 'it drains')
  server.signal('SIGINT')
  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(await processesWith(`REVEILLE_RUN_ID=${runId}`)).toEqual([])
  const [run] = await database.sql`select status, error_code from heartbeat_runs where id = ${runId}`
  expect(run).toMatchObject({ status: 'failed', errorCode: 'server_stopped' })
})

test('viewers who come back at once do not keep a stopping server from its end', async () => {
  const server = await startServer()
  const { companyId } = await hireAgent(server.client, sh('true'))
  const closers: (() => void)[] = []
  for (let viewers = 0; viewers < 3; viewers++) {
    const { client, close } = createTestClient(server.url, server.token, 0)
    closers.push(close)
    await new Promise<void>((onStarted, onError) => {
      client.live.onEvent.subscribe({ companyId }, { onStarted: () => onStarted(), onError })
    })
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  for (const close of closers) close()
})

test('a second server on a data directory is refused with a database of their own too', async () => {
  const first = await startServer({ databaseUrl })
  const second = await refusal({ dataDir: first.dataDir })
  expect(second).toMatchObject({ code: 1, stdout: '' })
  expect(second.stderr).toMatch(/^reveille: Another Reveille server is running on .*\n$/)
})
