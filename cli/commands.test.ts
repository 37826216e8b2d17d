import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hireAgent, runThatIs, sh, wake } from '@/tests/scene'
import { endServers, startServer, type TestServer } from '@/tests/server'
import { reveille, startCli } from './testing/cli'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => endServers())

/** The address is read from the data directory. */
const run = (...args: string[]) => reveille({ dataDir: server.dataDir, token: server.token }, ...args)
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)

test('companies and agents are created and listed, as a table and as JSON', async () => {
  const company = await json('company', 'create', '--name', 'Acme')
  expect(await json('companies')).toEqual([company])
  const table = await run('companies')
  expect(table.stdout).toBe(
    `ID                                    STATUS  SPENT  NAME\n${company.id}  active  $0.00  Acme\n`,
  )

  const folder = mkdtempSync(join(tmpdir(), 'reveille-cli-'))
  const file = join(folder, 'echo.json')
  writeFileSync(file, '{"command":"echo","args":["hello"]}')
  const agent = await json('agent', 'create', '--name', 'Echo', '--adapter', 'process', '--config', `@${file}`)
  rmSync(folder, { recursive: true })
  expect(agent).toMatchObject({ name: 'Echo', companyId: company.id, adapterConfig: { args: ['hello'] } })
  const { stdout } = await run('--company', 'Acme', 'agents')
  expect(stdout).toMatch(new RegExp(`^${agent.id} {2}idle {4}process .* Echo$`, 'm'))
})

test('options come before or after the command, and override the environment', async () => {
  const where = {
    dataDir: '/nowhere',
    env: { REVEILLE_URL: 'http://127.0.0.1:1', REVEILLE_TOKEN: 'not-the-token-at-all' },
  }
  const given = ['--url', server.url, '--token', server.token]
  const before = await reveille(where, '--json', ...given, 'companies')
  const after = await reveille(where, 'companies', ...given, '--json')
  expect([before.code, after.code]).toEqual([0, 0])
  expect(JSON.parse(before.stdout)).toEqual(JSON.parse(after.stdout))
  const refused = await reveille(where, 'companies', '--url', server.url)
  expect(refused).toEqual({ code: 1, stdout: '', stderr: 'reveille: This token is not valid, or no longer valid.\n' })
})

test('a unique name identifies an agent; for an ambiguous name the ids are listed', async () => {
  const one = await hireAgent(server.client, sh('true'))
  const other = await hireAgent(server.client, sh('true'))
  const ambiguous = await run('agent', 'pause', 'Ada')
  expect([ambiguous.code, ambiguous.stdout]).toEqual([2, ''])
  expect(ambiguous.stderr).toContain(one.agentId)
  expect(ambiguous.stderr).toContain(other.agentId)

  const narrowed = await json('agent', 'pause', 'Ada', '--company', one.companyId)
  expect(narrowed).toMatchObject({ id: one.agentId, status: 'paused' })
  const { name } = await server.client.company.get.query({ companyId: other.companyId })
  expect(await json('--company', name, 'agent', 'pause', 'Ada')).toMatchObject({ id: other.agentId, status: 'paused' })

  const missing = await run('agent', 'pause', 'Nobody')
  expect(missing).toEqual({ code: 1, stdout: '', stderr: 'reveille: There is no agent named "Nobody".\n' })
})

test('an agent is paused, cannot be woken, is resumed and terminated', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  expect(await json('agent', 'pause', agentId, '--reason', 'lunch')).toMatchObject({ status: 'paused' })
  const refused = await run('wake', agentId)
  expect(refused).toEqual({ code: 1, stdout: '', stderr: 'reveille: The agent is paused. Resume it to wake it.\n' })
  expect(await json('agent', 'resume', agentId)).toMatchObject({ status: 'idle' })
  expect(await json('agent', 'terminate', agentId)).toMatchObject({ status: 'terminated' })
})

test('pausing with --runs finish keeps the runs, and pausing without it cancels them', async () => {
  const { agentId } = await hireAgent(server.client, sh('sleep 600'))
  const running = await wake(server.client, agentId)
  await runThatIs(server.client, running, 'running')
  const queued = await wake(server.client, agentId)
  const paused = await run('agent', 'pause', agentId, '--runs', 'finish')
  expect(paused.stdout).toMatch(
    /^Paused agent .*\nIts running runs continue\. Queued runs wait until the agent is resumed\.\n$/,
  )
  expect(await server.client.run.get.query({ runId: running })).toMatchObject({
    status: 'running',
    cancelRequestedAt: null,
  })
  expect(await server.client.run.get.query({ runId: queued })).toMatchObject({ status: 'queued' })
  expect((await run('agent', 'pause', agentId, '--runs', 'drop')).stderr).toContain(
    'Allowed choices are cancel, finish',
  )
  expect((await run('agent', 'pause', agentId)).stdout).toContain('Its runs are cancelled.')
  await runThatIs(server.client, running, 'cancelled')
  await runThatIs(server.client, queued, 'cancelled')
})

test('wake prints the outcome, and returns the first answer for the same key', async () => {
  const { agentId } = await hireAgent(server.client, sh('cat "$REVEILLE_CONTEXT_FILE"'))
  const args = ['wake', agentId, '--reason', 'new ticket', '--payload', '{"ticket":42}', '--key', 'ticket-42']
  const first = await json(...args)
  expect(first).toMatchObject({ outcome: 'queued', wakeup: { reason: 'new ticket', payload: { ticket: 42 } } })
  expect(await json(...args)).toMatchObject({ outcome: 'deduplicated', wakeup: { id: first.wakeup.id } })
  await runThatIs(server.client, first.run.id, 'succeeded')
  expect((await run('logs', first.run.id)).stdout).toContain('"ticket"')
})

describe('runs', () => {
  test('are listed newest first, by agent and status', async () => {
    const { agentId } = await hireAgent(server.client, sh('exit $((REVEILLE_FAIL))'))
    const first = await wake(server.client, agentId)
    await runThatIs(server.client, first)
    const second = await wake(server.client, agentId)
    await runThatIs(server.client, second)
    const runs = await json('runs', '--agent', agentId)
    expect(runs.map((found: { id: string }) => found.id)).toEqual([second, first])
    expect(await json('runs', '--agent', agentId, '--status', 'failed')).toEqual([])
    const { stdout } = await run('runs', '--agent', agentId, '--limit', '1')
    expect(stdout).toMatch(new RegExp(`^ID .*\\n${second} {2}succeeded {2}Ada .*\\n$`))
  })

  test('are cancelled, unless they have ended', async () => {
    const { agentId } = await hireAgent(server.client, sh('sleep 600'))
    const runId = await wake(server.client, agentId)
    await runThatIs(server.client, runId, 'running')
    const cancelled = await run('cancel', runId, '--reason', 'enough')
    expect(cancelled).toEqual({ code: 0, stdout: 'Cancelling the run.\n', stderr: '' })
    const ended = await runThatIs(server.client, runId, 'cancelled')
    expect(ended.cancelReason).toBe('enough')

    const quick = await hireAgent(server.client, sh('true'))
    const done = await wake(server.client, quick.agentId)
    await runThatIs(server.client, done, 'succeeded')
    const tooLate = await run('cancel', done)
    expect(tooLate).toEqual({
      code: 1,
      stdout: '',
      stderr: 'reveille: The run cannot be cancelled: it has ended as succeeded.\n',
    })
  })
})

test('events are printed as JSON lines until interrupted', async () => {
  const { agentId, companyId } = await hireAgent(server.client, sh('true'))
  const cli = startCli({ dataDir: server.dataDir, token: server.token }, 'events', '--company', companyId, '--json')
  // The subscription is active once an event has been printed.
  for (let key = 0; !cli.written.stdout.includes('\n'); key++) {
    await runThatIs(server.client, await wake(server.client, agentId, { idempotencyKey: String(key) }))
  }
  const last = await wake(server.client, agentId)
  await runThatIs(server.client, last, 'succeeded')
  await cli.has('stdout', `"runId":"${last}","source"`)
  cli.child.kill('SIGINT')
  const { code, stdout, stderr } = await cli.ended
  expect([code, stderr]).toEqual([0, ''])
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const ofLast = events.filter((event) => event.payload.runId === last && event.type.startsWith('heartbeat.run.'))
  expect(ofLast.map((event) => event.type)).toContain('heartbeat.run.queued')
  expect(events.every((event) => event.companyId === companyId)).toBe(true)
})

test('a sign-in link needs no token and signs a browser in', async () => {
  const { code, stdout } = await reveille({ dataDir: server.dataDir }, 'sign-in-link')
  expect(code).toBe(0)
  const link = new URL(stdout.trim())
  expect(link.origin + link.pathname).toBe(`${server.url}/sign-in`)
  const body = new URLSearchParams({ token: link.searchParams.get('token') ?? '' })
  const signIn = () => fetch(`${server.url}/api/sign-in`, { method: 'POST', body, redirect: 'manual' })
  const first = await signIn()
  expect([first.status, first.headers.get('location')]).toEqual([303, '/'])
  expect((await signIn()).headers.get('location')).toBe('/sign-in?error=used')
})
