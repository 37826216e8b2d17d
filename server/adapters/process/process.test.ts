import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyReport } from '@/server/adapters/report'
import { startExecution } from '@/server/adapters/testing/execution'
import { fixtureCommand, living, until } from '@/server/processes/fixtures/run-fixture'
import { processAdapter } from './adapter'
import { check } from './check'
import { type ProcessConfig, processConfigSchema } from './config'

const folder = mkdtempSync(join(tmpdir(), 'reveille-process-'))
const nothing = { ...emptyReport, exitCode: null, signal: null, survivorsKilled: 0 }

/** Executes a config as the runner does. */
function start(given: { command: string } & Partial<Record<keyof ProcessConfig, unknown>>) {
  const started = startExecution(processAdapter, { graceSec: 1, ...given })
  return { ...started, events: started.seen.events, pids: started.seen.pids }
}

describe('a process run', () => {
  it('succeeds with exit code 0, and uses the report', async () => {
    const { outcome, events } = start(fixtureCommand('reporting.mjs'))
    expect(await outcome).toEqual({
      ...nothing,
      end: 'succeeded',
      errorCode: null,
      error: null,
      exitCode: 0,
      summary: 'Counted the sheep.',
      result: { sheep: 12 },
      usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 5 },
      costUsd: 0.0004,
      provider: 'example',
      model: 'example-1',
      sessionId: 'session-1',
    })
    expect(events.map((event) => event.eventType)).toEqual(['adapter.invoke'])
  })

  it('keeps its outcome when the report is unreadable, with a warning', async () => {
    const { outcome, events } = start(fixtureCommand('reporting.mjs', '{oops'))
    expect(await outcome).toMatchObject({ end: 'succeeded', exitCode: 0, costUsd: null })
    expect(events.filter((event) => event.eventType === 'warning')).toEqual([
      { eventType: 'warning', level: 'warn', message: 'The result of the program was ignored: it is not JSON.' },
    ])
  })

  it.each([
    [
      'nonzero_exit',
      { command: 'sh', args: ['-c', 'exit 3'] },
      { exitCode: 3, error: 'The program exited with code 3.' },
    ],
    [
      'killed_by_signal',
      fixtureCommand('crashing.sh', 'SEGV'),
      { signal: 'SIGSEGV', error: 'The program was ended by SIGSEGV.' },
    ],
    ['spawn_failed', { command: '/no/such' }, { error: 'The command /no/such was not found.' }],
    [
      'invalid_working_directory',
      { command: 'true', cwd: '/no/such' },
      { error: 'The working directory /no/such does not exist.' },
    ],
    [
      'invalid_config',
      { command: 'true', args: ['\0'] },
      { error: 'There is a NUL character in argument 1. Remove it.' },
    ],
    [
      'invalid_config',
      { command: 'true', env: { KEY: { secret: 'S' } } },
      { error: 'The secret for KEY was not found.' },
    ],
  ])('fails with %s', async (errorCode, config, facts) => {
    expect(await start(config).outcome).toEqual({ ...nothing, end: 'failed', errorCode, ...facts })
  })

  it('times out', async () => {
    const { outcome, pids } = start({ ...fixtureCommand('stubborn.sh'), timeoutSec: 1, graceSec: 0 })
    const error = 'The program did not end within 1 second and was stopped.'
    expect(await outcome).toMatchObject({ end: 'timed_out', errorCode: 'timeout', error, signal: 'SIGKILL' })
    expect(living(pids)).toEqual([])
  })

  it('is stopped by the signal, whose cause the runner knows', async () => {
    const { outcome, seen, stop } = start(fixtureCommand('forking.sh', 'wait', 'quiet'))
    await until(() => seen.log.includes('grandchild'))
    stop('cancelled')
    expect(await outcome).toMatchObject({ end: 'stopped', errorCode: null, error: null, signal: 'SIGTERM' })
  })

  it('gets a few variables of the server, its own env and REVEILLE_*, and no more; the event contains no value', async () => {
    process.env.SERVER_ONLY = 'hidden'
    const { outcome, seen, run } = start({
      ...fixtureCommand('environment.mjs'),
      env: { TOKEN: 'seal', TERM: 'mine', REVEILLE_RUN_ID: 'another' },
    })
    expect(await outcome).toMatchObject({ end: 'succeeded' })
    const { env, cwd } = JSON.parse(seen.log)
    expect(cwd).toBe(homedir())
    expect(env).toMatchObject({ PATH: process.env.PATH, TOKEN: 'seal', TERM: 'mine', REVEILLE_RUN_ID: run.id })
    const allowed =
      /^(PATH|HOME|USER|SHELL|LANG|TERM|TMPDIR|TOKEN|REVEILLE_(RUN_ID|RESULT_FILE|API_URL|API_KEY)|__CF_.*)$/
    expect(Object.keys(env).filter((name) => !allowed.test(name))).toEqual([])
    expect(seen.events[0]?.payload).toMatchObject({
      cwd: homedir(),
      envNames: expect.arrayContaining(['PATH', 'TOKEN']),
    })
    expect(JSON.stringify(seen.events)).not.toContain('seal')
  })

  it('gets those variables also where the server has none of them', async () => {
    const { PATH, HOME, USER, SHELL, LANG, TERM, TMPDIR } = process.env
    const server = { PATH, HOME, USER, SHELL, LANG, TERM, TMPDIR }
    for (const name of Object.keys(server)) delete process.env[name]
    try {
      const { outcome, seen } = start(fixtureCommand('environment.mjs'))
      expect(await outcome).toMatchObject({ end: 'succeeded' })
      const { homedir: home, username, shell } = userInfo()
      expect(JSON.parse(seen.log).env).toMatchObject({
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: home,
        USER: username,
        SHELL: shell,
        LANG: 'C.UTF-8',
        TERM: 'dumb',
        TMPDIR: tmpdir(),
      })
    } finally {
      for (const [name, value] of Object.entries(server)) if (value !== undefined) process.env[name] = value
    }
  })
})

describe('the config', () => {
  it('has defaults', () => {
    expect(processConfigSchema.parse({ command: 'x' })).toEqual({
      command: 'x',
      args: [],
      env: {},
      timeoutSec: 900,
      graceSec: 15,
    })
  })

  it.each([
    ['command', { command: '' }],
    ['args.0', { command: 'x', args: [1] }],
    ['cwd', { command: 'x', cwd: 'relative' }],
    ['env.1A', { command: 'x', env: { '1A': '' } }],
    ['timeoutSec', { command: 'x', timeoutSec: 0 }],
    ['graceSec', { command: 'x', graceSec: 3601 }],
    ['', { command: 'x', shell: true }],
  ])('is refused at %s', (path, config) => {
    expect(processConfigSchema.safeParse(config).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })
})

describe('the check', () => {
  const plain = join(folder, 'plain')
  writeFileSync(plain, '')
  chmodSync(plain, 0o644)

  it.each([
    [{ command: 'sh' }, 'info', /^Found \/.*\/sh\.$/],
    [{ command: 'no-such-program' }, 'error', /not found in PATH/],
    [{ command: 'sh', env: { PATH: folder } }, 'error', /not found in PATH/],
    [{ command: 'plain', env: { PATH: folder } }, 'error', /may not be executed/],
    [{ command: './plain', cwd: folder }, 'error', /may not be executed/],
  ])('looks for the command of %j', async (config, level, words) => {
    const [command] = await check(processConfigSchema.parse(config))
    expect(command).toEqual({ name: 'command', level, message: expect.stringMatching(words) })
  })

  it.each([
    [folder, 'info'],
    ['/no/such', 'error'],
    [plain, 'error'],
  ])('looks for the directory %s', async (cwd, level) => {
    const [, directory] = await check(processConfigSchema.parse({ command: 'sh', cwd }))
    expect(directory).toMatchObject({ name: 'directory', level })
  })
})
