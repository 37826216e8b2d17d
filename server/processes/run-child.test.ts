import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fixtureCommand, living, startChild, until } from './fixtures/run-fixture'
import { statOf } from './process-table'

const ended = { endedBy: 'exit', exitCode: 0, signal: null, survivorsKilled: 0 }

describe('a program that ends by itself', () => {
  it('ends with its exit code and its whole output', async () => {
    const child = startChild(fixtureCommand('chatty.mjs', '5000'))
    expect(await child.end).toEqual(ended)
    expect(child.output.stdout.split('\n')).toHaveLength(4501)
    expect(child.output.stderr.split('\n')).toHaveLength(501)
  })

  it('keeps a non-zero exit code', async () => {
    const child = startChild({ command: 'sh', args: ['-c', 'exit 7'] })
    expect(await child.end).toEqual({ ...ended, exitCode: 7 })
  })

  it.each(['KILL', 'SEGV', 'TERM'])('reports the signal %s, which the server did not send', async (signal) => {
    const child = startChild(fixtureCommand('crashing.sh', signal))
    expect(await child.end).toEqual({ ...ended, exitCode: null, signal: `SIG${signal}` })
    expect(child.output.stdout).toBe('about to crash\n')
  })

  it('passes bytes on as they are, however they are split', async () => {
    const child = startChild(fixtureCommand('multibyte.mjs'))
    expect(await child.end).toEqual(ended)
    expect(Buffer.from(child.output.stdout, 'latin1').toString()).toBe('größer, 日本語, 🚀\n'.repeat(20))
  })

  it('passes arguments without a shell, and only the given environment', async () => {
    const args = ['-c', 'printf "%s|" "$@"; env', 'sh', '$HOME', '`id`', '; echo no', 'a b']
    const child = startChild({ command: 'sh', args, env: { PATH: process.env.PATH ?? '', ONLY: 'this' } })
    expect(await child.end).toEqual(ended)
    expect(child.output.stdout).toMatch(/^\$HOME\|`id`\|; echo no\|a b\|/)
    const lines = child.output.stdout.slice(child.output.stdout.lastIndexOf('|') + 1).split('\n')
    const ofShell = ['PWD', 'OLDPWD', 'SHLVL', '_', '']
    const names = lines.map((line) => line.replace(/=.*/, '')).filter((name) => !ofShell.includes(name))
    expect(names.sort()).toEqual(['ONLY', 'PATH'])
  })

  it('is the leader of its own group, and is reported with its start time', async () => {
    const seen: unknown[] = []
    const child = startChild({
      command: 'cat',
      stdin: 'x',
      started(process) {
        seen.push({ ...process, group: statOf(process.pid)?.group })
      },
    })
    await child.end
    expect(seen).toEqual([
      { pid: expect.any(Number), startedTicks: expect.stringMatching(/^\d+$/), group: expect.any(Number) },
    ])
    expect(seen[0]).toHaveProperty('group', (seen[0] as { pid: number }).pid)
  })
})

describe('stdin', () => {
  it('is empty without a prompt', async () => {
    const child = startChild(fixtureCommand('reading.sh'))
    await child.end
    expect(child.output.stdout).toBe('0\n')
  })

  it('is the complete prompt, then closed', async () => {
    const child = startChild({ ...fixtureCommand('reading.sh'), stdin: 'ü'.repeat(500_000) })
    expect(await child.end).toEqual(ended)
    expect(child.output.stdout).toBe('1000000\n')
  })

  it('may be left unread by the program', async () => {
    const child = startChild({ command: 'true', stdin: 'x'.repeat(5_000_000) })
    expect(await child.end).toEqual(ended)
  })
})

describe('the log', () => {
  it('slows the program down while the disk is behind', async () => {
    let release = () => {}
    let acceptedBytes = 0
    const child = startChild({
      command: 'sh',
      args: ['-c', 'head -c 20000000 /dev/zero'],
      append(_stream, bytes) {
        acceptedBytes += bytes.length
        return new Promise((resolve) => {
          release = resolve
        })
      },
    })
    await until(() => acceptedBytes > 0)
    const before = acceptedBytes
    await sleep(200)
    expect(acceptedBytes).toBe(before)
    const releasing = setInterval(() => release(), 0)
    expect(await child.end).toEqual(ended)
    clearInterval(releasing)
    expect(acceptedBytes).toBe(20_000_000)
  })

  it.each(['rejects', 'throws'])('stops the program when append %s', async (how) => {
    const fault = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
    const child = startChild({
      command: 'sh',
      args: ['-c', 'while :; do echo more; done'],
      append() {
        if (how === 'throws') throw fault
        return Promise.reject(fault)
      },
    })
    expect(await child.end).toEqual({
      endedBy: 'log_failed',
      exitCode: null,
      signal: 'SIGTERM',
      survivorsKilled: 0,
      cause: fault,
    })
  })
})

describe('a program that cannot be started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-spawn-'))
  const file = (name: string, text: string, mode: number) => {
    writeFileSync(join(folder, name), text, { mode })
    return join(folder, name)
  }
  const loop = (path: string) => {
    symlinkSync(path, path)
    return path
  }

  it.each([
    ['a missing command', { command: 'no-such-program' }, 'spawn_failed', /no-such-program was not found in PATH/],
    ['a missing path', { command: '/no/such' }, 'spawn_failed', /\/no\/such was not found/],
    ['a file that is not executable', { command: file('plain', 'x', 0o644) }, 'spawn_failed', /may not be executed/],
    ['a missing interpreter', { command: file('bad', '#!/no/such\n', 0o755) }, 'spawn_failed', /interpreter/],
    ['a directory as the command', { command: '/tmp' }, 'spawn_failed', /may not be executed/],
    [
      'a folder of PATH that cannot be read',
      { command: 'no-such-program', env: { PATH: loop(join(folder, 'loop')) } },
      'spawn_failed',
      /no-such-program (could not be started|was not found)/,
    ],
    ['arguments that are too long', { command: 'true', args: ['x'.repeat(4_000_000)] }, 'spawn_failed', /too long/],
    [
      'a missing directory',
      { command: 'true', cwd: '/no/such' },
      'invalid_working_directory',
      /\/no\/such does not exist/,
    ],
    [
      'a file as the directory',
      { command: 'true', cwd: file('f', '', 0o644) },
      'invalid_working_directory',
      /is not a dir/,
    ],
    ['NUL in the command', { command: 'a\0b' }, 'invalid_config', /the command/],
    ['NUL in an argument', { command: 'true', args: ['', '\0'] }, 'invalid_config', /argument 2/],
    ['NUL in a value', { command: 'true', env: { KEY: `secret${'\0'}` } }, 'invalid_config', /variable KEY/],
  ])('fails with a sentence: %s', async (_what, spec, errorCode, sentence) => {
    const child = startChild(spec)
    const end = await child.end
    expect(end).toEqual({ endedBy: 'not_started', errorCode, error: expect.stringMatching(sentence) })
    expect(JSON.stringify(end)).not.toMatch(/secret|\\u0000/)
    expect(child.pids).toEqual([])
  })
})

describe('the processes that a program leaves behind when it ends', () => {
  it('are killed with its group and counted', async () => {
    const child = startChild(fixtureCommand('forking.sh', 'leave', 'quiet'))
    expect(await child.end).toEqual({ ...ended, survivorsKilled: 2 })
    expect(living([await child.said('grandchild'), await child.said('child')])).toEqual([])
  })

  it('are killed also where only the group identifies them', async () => {
    const child = startChild(fixtureCommand('nameless.sh', 'leave'))
    expect(await child.end).toEqual({ ...ended, survivorsKilled: 1 })
    expect(living([await child.said('nameless')])).toEqual([])
  })

  it('are found in another session, killed and counted', async () => {
    const child = startChild(fixtureCommand('escaping.mjs', 'leave', 'quiet'))
    expect(await child.end).toMatchObject({ endedBy: 'exit', exitCode: 0, survivorsKilled: 1 })
    expect(living([await child.said('escapee')])).toEqual([])
  })

  it.each([
    ['a child and grandchild in the group', 'forking.sh', 2],
    ['one that left the group', 'escaping.mjs', 1],
  ])('keep the run alive for at most 5 s with an open pipe: %s', async (_what, name, survivorsKilled) => {
    const began = performance.now()
    const child = startChild(fixtureCommand(name, 'leave', 'loud'))
    expect(await child.end).toMatchObject({ endedBy: 'exit', exitCode: 0, survivorsKilled })
    expect(performance.now() - began).toBeGreaterThan(4900)
    // The process that holds the pipe open lives for 300 s.
    expect(performance.now() - began).toBeLessThan(100_000)
  })
})
