import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Adapter, Outcome, StopCause } from '@/server/adapters/adapter'
import { noProcess } from '@/server/adapters/outcome'
import { emptyReport } from '@/server/adapters/report'
import type { ClaimedRun } from '@/server/engine/runs/load'
import { createLocalLogStore } from '@/server/logs/local'
import type { LogStore } from '@/server/logs/log-store'
import { startedTicksOf } from '@/server/processes/process-table'
import { createRunFiles } from '@/server/processes/run-files'
import { silent } from '@/tests/engine'
import { executeWith } from './execute'

const dataDir = mkdtempSync(join(tmpdir(), 'reveille-execute-'))
const files = createRunFiles(dataDir, silent)
files.start()
const logs = createLocalLogStore({ dataDir, maxBytes: 1_000_000 })
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const succeeded: Outcome = { ...emptyReport, ...noProcess, end: 'succeeded', errorCode: null, error: null }

function adapterOf(execute: Adapter['execute']): Adapter {
  return { label: 'Test', description: '', config: z.unknown(), execute, check: async () => [] }
}

/** With a cause, it is stopped when its adapter has begun. */
function carryOut(
  execute: Adapter['execute'],
  cause?: StopCause,
  store: LogStore = logs,
  abort = new AbortController(),
  isHeld = true,
) {
  const run: ClaimedRun = {
    id: crypto.randomUUID(),
    companyId: crypto.randomUUID(),
    agentId: crypto.randomUUID(),
    invocationSource: 'on_demand',
    contextSnapshot: { wakeups: [] },
    sessionIdBefore: null,
    startedAt: new Date(),
    agentName: 'Ada',
    companyName: 'Acme',
    adapterType: 'process',
    adapterConfig: {},
  }
  const stopped: Adapter['execute'] = (execution) => {
    abort.abort(cause)
    return execute(execution)
  }
  return executeWith(
    adapterOf(cause ? stopped : execute),
    {},
    {
      run,
      workerId: crypto.randomUUID(),
      signal: abort.signal,
      isHeld: () => isHeld,
      logs: store,
      files,
      apiUrl: 'http://127.0.0.1',
      token: 'a-token',
      onEvent: () => {},
      onStarted: () => {},
      onLogGrew: () => {},
      result: () => new Promise(() => {}),
      lastResult: async () => null,
      sessionUsage: async () => [],
    },
  )
}

test('an adapter that throws fails its run, whose log and whose process are dealt with', async () => {
  const child = spawn('sleep', ['300'], { detached: true })
  const died = once(child, 'exit')
  const ending = await carryOut(async ({ append, started }) => {
    started({ pid: child.pid ?? 0, startedTicks: startedTicksOf(child.pid ?? 0) })
    await append('stdout', Buffer.from('said before\n'))
    throw new Error('it broke')
  })
  expect((await died)[1]).toBe('SIGKILL')
  expect(ending).toMatchObject({ status: 'failed', errorCode: 'adapter_failed', survivorsKilled: 1 })
  expect(ending?.error).toBe('The run could not be carried out: it broke')
  expect(ending?.log).toMatchObject({ bytes: 12, stdoutExcerpt: 'said before\n' })
})

test.each([
  ['cancelled', { status: 'cancelled', errorCode: 'cancelled' }],
  ['budget_exceeded', { status: 'failed', errorCode: 'budget_exceeded' }],
  ['server_stopped', { status: 'failed', errorCode: 'server_stopped', retry: 'server_stopped' }],
  ['lease_lost', { status: 'failed', errorCode: 'runner_lost', retry: 'runner_lost' }],
] as const)('a run stopped as %s ends so, though its adapter throws on the way', async (cause, expected) => {
  const thrown = await carryOut(async () => {
    throw new Error('aborted')
  }, cause)
  expect(thrown).toMatchObject(expected)
  const answered = await carryOut(async () => ({ ...succeeded, end: 'stopped' }), cause)
  expect(answered).toMatchObject(expected)
})

test('what was stopped before it began is not begun', async () => {
  const abort = new AbortController()
  abort.abort('cancelled')
  let calls = 0
  const begin = async () => {
    calls += 1
    return succeeded
  }
  expect(await carryOut(begin, undefined, logs, abort)).toMatchObject({ status: 'cancelled', errorCode: 'cancelled' })
  expect(calls).toBe(0)
})

test('what was claimed under a lease that is over by now is not begun', async () => {
  let calls = 0
  const begin = async () => {
    calls += 1
    return succeeded
  }
  const ending = await carryOut(begin, undefined, logs, undefined, false)
  expect(ending).toMatchObject({ status: 'failed', errorCode: 'runner_lost', retry: 'runner_lost' })
  expect(calls).toBe(0)
})

test('what ended by itself before the stop reached it keeps its outcome', async () => {
  expect(await carryOut(async () => succeeded, 'cancelled')).toMatchObject({ status: 'succeeded', errorCode: null })
})

test('a success whose log can not be written is none, but its cost is booked; a cancel stays a cancel', async () => {
  const broken: LogStore = { ...logs, open: () => Promise.reject(new Error('no space left')) }
  const costly = { ...succeeded, costUsd: 0.5, model: 'tiny' }
  const ending = await carryOut(async () => costly, undefined, broken)
  expect(ending).toMatchObject({ status: 'failed', errorCode: 'adapter_failed', charges: [{ costMicros: 500_000 }] })
  expect(ending?.error).toContain('no space left')
  const stopped = await carryOut(async () => ({ ...costly, end: 'stopped' }), 'cancelled', broken)
  expect(stopped).toMatchObject({ status: 'cancelled', charges: [{ costMicros: 500_000 }] })
})

test('a program that spoils its files keeps its outcome and its log', async () => {
  const ending = await carryOut(async ({ append, env }) => {
    const folder = dirname(env.REVEILLE_RESULT_FILE ?? '')
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'no folder')
    await append('stdout', Buffer.from('said\n'))
    return succeeded
  })
  rmSync(join(dataDir, 'live'), { recursive: true, force: true })
  files.start()
  expect(ending).toMatchObject({ status: 'succeeded', errorCode: null, log: { bytes: 5 } })
})
