import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '@/tests/eventually'
import { hireAgent, type Program, runThatIs, sh } from '@/tests/scene'
import { endServers, startServer, type TestServer } from '@/tests/server'
import { type Ended, reveille, startCli } from './testing/cli'

let server: TestServer
const folder = mkdtempSync(join(tmpdir(), 'reveille-cli-'))
const goFile = join(folder, 'go-on')

beforeAll(async () => {
  server = await startServer()
})
afterEach(() => rmSync(goFile, { force: true }))
afterAll(async () => {
  await endServers()
  rmSync(folder, { recursive: true })
})

/** Prints `first`, and `last` once the file exists. */
const untilGo = sh(`echo first; while [ ! -e ${goFile} ]; do sleep 0.02; done; echo last`)

async function follow(program: Program, ...args: string[]) {
  const { agentId } = await hireAgent(server.client, program)
  const cli = startCli({ dataDir: server.dataDir, token: server.token }, 'wake', agentId, '--follow', ...args)
  return { agentId, ...cli }
}

/** Waits for the run: the wakeup may not have been requested yet. */
async function onlyRunOf(agentId: string): Promise<string> {
  const { companyId } = await server.client.agent.get.query({ agentId })
  return await eventually(async () => {
    const { items } = await server.client.run.list.query({ companyId, agentId })
    return items[0]?.id
  }, 'its run')
}

test('each stream is printed to its own, and a success is exit 0', async () => {
  const { ended } = await follow(sh('echo out; echo err >&2; printf "no newline"'))
  expect(await ended).toEqual({ code: 0, stdout: 'out\nno newline', stderr: 'err\n' })
})

test('a failure is exit 1 with the reason', async () => {
  const { ended } = await follow(sh('echo out; exit 3'))
  const { code, stdout, stderr } = await ended
  expect([code, stdout]).toEqual([1, 'out\n'])
  expect(stderr).toMatch(/^reveille: the run ended as failed after .*: The program exited with code 3\.\n$/)
})

test('as JSON: the answer, the log, the run', async () => {
  const { ended } = await follow(sh('echo out'), '--json')
  const { code, stdout } = await ended
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(code).toBe(0)
  expect(lines).toMatchObject([
    { outcome: 'queued', run: { status: expect.stringMatching(/^(queued|running)$/) } },
    { offset: 0, nextOffset: 4, stream: 'stdout', chunk: 'out\n' },
    { status: 'succeeded', logBytes: 4 },
  ])
})

test('a slow reader receives a large log completely', async () => {
  const { child, agentId, ended } = await follow(sh('i=0; while [ $i -lt 40 ]; do seq 1 20000; i=$((i+1)); done'))
  child.stdout.pause()
  const runId = await onlyRunOf(agentId)
  const { logBytes } = await runThatIs(server.client, runId, 'succeeded')
  child.stdout.resume()
  const { code, stdout } = await ended
  expect(code).toBe(0)
  expect(stdout.length).toBe(logBytes)
  expect(stdout.endsWith('19999\n20000\n')).toBe(true)
  const again = await reveille({ dataDir: server.dataDir, token: server.token }, 'logs', runId)
  expect(again.stdout === stdout).toBe(true)
})

test('a reader that closes the pipe is not an error, and does not end the run', async () => {
  const { agentId, child, has } = await follow(untilGo)
  await has('stdout', 'first')
  const left = new Promise((resolve) => child.once('exit', resolve))
  child.stdout.destroy()
  writeFileSync(goFile, '')
  expect(await left).toBe(0)
  await runThatIs(server.client, await onlyRunOf(agentId), 'succeeded')
})

describe('Ctrl-C', () => {
  const question = 'Cancel the run? [y/N] '

  test('y cancels the run, and the exit code is its outcome', async () => {
    const { agentId, child, has, ended } = await follow(untilGo)
    await has('stdout', 'first')
    child.kill('SIGINT')
    await has('stderr', question)
    child.stdin.write('y\n')
    const { code, stderr } = await ended
    expect(code).toBe(1)
    expect(stderr).toContain('the run ended as cancelled')
    await runThatIs(server.client, await onlyRunOf(agentId), 'cancelled')
  })

  test('N continues the log, which was paused meanwhile', async () => {
    const { agentId, child, has, ended, written } = await follow(untilGo)
    await has('stdout', 'first')
    child.kill('SIGINT')
    await has('stderr', question)
    writeFileSync(goFile, '')
    await runThatIs(server.client, await onlyRunOf(agentId), 'succeeded')
    expect(written.stdout).toBe('first\n')
    child.stdin.write('\n')
    expect(await ended).toMatchObject({ code: 0, stdout: 'first\nlast\n' })
  })

  test('a second Ctrl-C only ends the command', async () => {
    const { agentId, child, has, ended } = await follow(untilGo)
    await has('stdout', 'first')
    child.kill('SIGINT')
    await has('stderr', question)
    child.kill('SIGINT')
    expect((await ended).code).toBe(1)
    const run = await server.client.run.get.query({ runId: await onlyRunOf(agentId) })
    expect(run).toMatchObject({ status: 'running', cancelRequestedAt: null })
    writeFileSync(goFile, '')
    await runThatIs(server.client, run.id, 'succeeded')
  })

  test('without input, the log continues and a second Ctrl-C ends the command', async () => {
    const { agentId, child, has, ended, written } = await follow(
      sh('echo first; while :; do echo more; sleep 0.02; done'),
    )
    child.stdin.end()
    await has('stdout', 'first')
    child.kill('SIGINT')
    await has('stderr', question)
    const before = written.stdout.length
    await eventually(() => written.stdout.length > before, 'more of the log')
    child.kill('SIGINT')
    expect((await ended).code).toBe(1)
    const runId = await onlyRunOf(agentId)
    await server.client.run.cancel.mutate({ runId })
    await runThatIs(server.client, runId, 'cancelled')
  })
})

test('logs --follow ends with the run, whatever its outcome', async () => {
  const { agentId } = await hireAgent(
    server.client,
    sh(`echo first; while [ ! -e ${goFile} ]; do sleep 0.02; done; exit 1`),
  )
  const { run } = await server.client.wakeup.create.mutate({ agentId })
  const cli = startCli({ dataDir: server.dataDir, token: server.token }, 'logs', run?.id ?? '', '-f')
  await cli.has('stdout', 'first')
  writeFileSync(goFile, '')
  expect(await cli.ended).toEqual<Ended>({ code: 0, stdout: 'first\n', stderr: '' })
})

test('no byte is lost when the server is killed and restarted', async () => {
  const counting = sh(`i=0; while [ ! -e ${goFile} ]; do i=$((i+1)); echo line $i; sleep 0.01; done; echo last`)
  const { has, ended } = await follow(counting)
  await has('stdout', 'line 10\n')
  await server.kill9()
  await has('stderr', 'the connection is lost')
  server = await startServer({ dataDir: server.dataDir, env: { PORT: new URL(server.url).port } })
  await has('stderr', 'connected again')
  writeFileSync(goFile, '')
  const { code, stdout } = await ended
  const lines = stdout.trimEnd().split('\n')
  expect(code).toBe(0)
  expect(lines.length).toBeGreaterThan(10)
  expect(lines).toEqual([...lines.slice(0, -1).map((_, index) => `line ${index + 1}`), 'last'])
})
