import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { living, until } from '@/server/processes/fixtures/run-fixture'
import type { Adapter } from './adapter'
import { type AdapterType, adapters, adapterTypes, describeAdapters } from './registry'
import { type Given, startExecution } from './testing/execution'

/** The requirements of every adapter, each with an agent of its kind. */
type Act = 'work' | 'fail' | 'hang' | 'babble'

const program = fileURLToPath(new URL('testing/fixtures/agent.mjs', import.meta.url))
const report = {
  summary: 'Worked.',
  sessionId: 'session-1',
  usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 100 },
}

const answers: Record<Act, (response: ServerResponse) => void> = {
  work: (response) => void response.end(JSON.stringify(report)),
  fail: (response) => void response.writeHead(500).end('it went wrong\n'),
  hang: (response) => void response.write('hanging\n'),
  babble: (response) => void response.end(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x28, 0x0a])),
}

let server: Server
let url = ''
beforeAll(async () => {
  server = createServer((request, response) => answers[request.url?.slice(1) as Act](response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const configs: Record<AdapterType, (act: Act) => Record<string, unknown>> = {
  process: (act) => ({ command: program, env: { ACT: act, SPEAK: 'file' }, graceSec: 1 }),
  http: (act) => ({ url: `${url}/${act}` }),
  claude_local: (act) => ({ command: program, env: { ACT: act, SPEAK: 'claude' }, graceSec: 1 }),
  codex_local: (act) => ({ command: program, env: { ACT: act, SPEAK: 'codex' }, graceSec: 1 }),
}
const nowhere: Record<AdapterType, Record<string, unknown>> = {
  process: { command: 'no-such-program' },
  http: { url: 'http://127.0.0.1:1/' },
  claude_local: { command: 'no-such-program' },
  codex_local: { command: 'no-such-program' },
}

describe.each(adapterTypes)('the adapter %s', (type) => {
  const adapter: Adapter = adapters[type]
  const start = (act: Act, more: Record<string, unknown> = {}, given: Given = {}) =>
    startExecution(adapter, { ...configs[type](act), ...more }, given)

  it('succeeds, and reports summary, session and usage without the cached tokens', async () => {
    const run = start('work')
    expect(await run.outcome).toMatchObject({
      ...report,
      end: 'succeeded',
      errorCode: null,
      error: null,
      survivorsKilled: 0,
    })
    expect(run.seen.stdout).toContain('Worked.')
    expect(run.seen.events[0]?.eventType).toBe('adapter.invoke')
    expect(run.warnings()).toEqual([])
  })

  it('fails with a code and a sentence, and names no session', async () => {
    const run = start('fail')
    const errorCode = type === 'http' ? 'adapter_failed' : 'nonzero_exit'
    expect(await run.outcome).toMatchObject({
      end: 'failed',
      errorCode,
      error: expect.stringMatching(/^[A-Z].*\.$/),
      sessionId: null,
      usage: null,
    })
    expect(run.seen.log).toContain('it went wrong')
  })

  it('times out, and leaves no process alive', async () => {
    const run = start('hang', { timeoutSec: 1 })
    const outcome = await run.outcome
    expect(outcome).toMatchObject({
      end: 'timed_out',
      errorCode: 'timeout',
      error: expect.stringContaining('within 1 second'),
    })
    expect(living(run.seen.pids)).toEqual([])
  })

  it('is stopped by the signal, and leaves no process alive', async () => {
    const run = start('hang')
    await until(() => run.seen.stdout.includes('hanging'))
    run.stop('cancelled')
    expect(await run.outcome).toMatchObject({ end: 'stopped', errorCode: null, error: null })
    expect(living(run.seen.pids)).toEqual([])
  })

  it('does not start after a stop', async () => {
    const run = start('work', {}, { stopped: 'server_stopped' })
    expect(await run.outcome).toMatchObject({ end: 'stopped', errorCode: null })
    expect(run.seen).toMatchObject({ log: '', pids: [] })
  })

  it('survives any output of the agent', async () => {
    const run = start('babble')
    const outcome = await run.outcome
    expect(outcome).toMatchObject({ end: 'succeeded' })
    if (type !== 'http') expect(outcome).toMatchObject(report)
    expect(JSON.stringify(run.seen.events).length).toBeLessThan(50_000)
  })

  it('reports a missing program or address', async () => {
    const run = startExecution(adapter, nowhere[type])
    expect(await run.outcome).toMatchObject({
      end: 'failed',
      errorCode: type === 'http' ? 'adapter_failed' : 'spawn_failed',
      error: expect.stringMatching(type === 'http' ? /^Nothing answers at/ : /not found in PATH/),
    })
  })

  it('has checks that are sentences', async () => {
    const checks = await adapter.check(adapter.config.parse(nowhere[type]))
    expect(checks.some((check) => check.level === 'error')).toBe(true)
    for (const { message } of checks) expect(message).toMatch(/^\S.*\.$/)
  })

  it('describes every field of its config for the form', () => {
    const properties = describeAdapters().find((described) => described.type === type)?.configSchema.properties ?? {}
    expect(Object.keys(properties).length).toBeGreaterThan(4)
    for (const field of Object.values(properties)) {
      expect(field).toMatchObject({ title: expect.any(String), description: expect.any(String) })
    }
  })
})
