import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import type { Child, Command } from './child'
import { nodeSpawn } from './launch'
import { posixSpawn } from './posix-spawn'

const folder = mkdtempSync(join(tmpdir(), 'reveille-launch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  chmodSync(join(folder, name), 0o755)
  return join(folder, name)
}
const command = (given: Partial<Command>): Command => ({
  command: 'sh',
  args: [],
  cwd: folder,
  env: { PATH: process.env.PATH ?? '' },
  ...given,
})
const sh = (script: string, given: Partial<Command> = {}) => command({ args: ['-c', script], ...given })

// Where the C library cannot be called, only Node's spawn is tested; on Linux both must work.
const ways = { posixSpawn, nodeSpawn }
const usable = Object.entries(ways).filter(([name]) => process.platform === 'linux' || name !== 'posixSpawn')

function isChild(started: ReturnType<typeof nodeSpawn> | null): started is Child {
  return started !== null && 'pid' in started
}

describe.each(usable)('a program started by %s', (_name, start) => {
  async function run(given: Command) {
    const child = start(given)
    if (!isChild(child)) throw new Error(`not started: ${JSON.stringify(await child)}`)
    child.stdin?.end(given.stdin)
    const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited])
    return { pid: child.pid, out, err, exit, stdin: child.stdin }
  }

  it('has its output on either stream, and its exit code, reported', async () => {
    const { out, err, exit } = await run(sh('echo out; echo err >&2; exit 7'))
    expect({ out, err, exit }).toEqual({ out: 'out\n', err: 'err\n', exit: { exitCode: 7, signal: null } })
  })

  it.each(['KILL', 'TERM', 'ABRT', 'PIPE', 'CHLD'])('has the default disposition of SIG%s', async (name) => {
    const { exit, out } = await run(sh(`kill -${name} $$; echo alive`))
    if (name === 'CHLD') expect(out).toBe('alive\n')
    else expect(exit).toEqual({ exitCode: null, signal: `SIG${name}` })
  })

  it('leads its own group, in its directory, without the descriptors of this process', async () => {
    const own = openSync(join(folder, 'a file of this process'), 'w')
    const { pid, out } = await run(sh('ps -o pid=,pgid= -p $$; pwd; ls -l /proc/self/fd 2>/dev/null'))
    closeSync(own)
    const [ids = '', cwd] = out.trim().split('\n')
    expect(ids.trim().split(/\s+/).map(Number)).toEqual([pid, pid])
    expect(cwd).toBe(folder)
    expect(out).not.toContain('a file of this process')
  })

  it('reads the stdin that it is given, and an empty one otherwise', async () => {
    expect(await run(sh('wc -c', { stdin: 'ü'.repeat(200_000) }))).toMatchObject({ out: '400000\n' })
    expect(await run(sh('wc -c'))).toMatchObject({ out: '0\n', stdin: null })
  })

  it('is found by name in the PATH that it is given, and by a path from its directory', async () => {
    mkdirSync(join(folder, 'bin'), { recursive: true })
    file('bin/of-its-own', '#!/bin/sh\necho "$0"')
    file('here', '#!/bin/sh\necho "$0"')
    const env = { PATH: `/no/such:${join(folder, 'bin')}:/usr/bin:/bin` }
    expect(await run(command({ command: 'of-its-own', env }))).toMatchObject({ out: `${folder}/bin/of-its-own\n` })
    expect(await run(command({ command: './here' }))).toMatchObject({ out: './here\n' })
  })

  it('gets arguments and variables of any length unchanged, and no other variables', async () => {
    const long = 'äöü '.repeat(15_000)
    const env = { LONG: long, PATH: process.env.PATH ?? '', EMPTY: '' }
    const { out } = await run(command({ command: process.execPath, args: ['-e', dump, long], env }))
    const { argv, names, value } = JSON.parse(out)
    expect({ argv, value }).toEqual({ argv: [long], value: long })
    // The program is Node, which adds a variable of its own on some systems.
    expect(names.filter((name: string) => !name.startsWith('__CF'))).toEqual(['EMPTY', 'LONG', 'PATH'])
  })
})

const dump =
  'process.stdout.write(JSON.stringify({ argv: process.argv.slice(1), names: Object.keys(process.env).sort(), value: process.env.LONG }))'

describe('posix_spawn', () => {
  it.runIf(process.platform === 'linux')('connects pipes, which a program may also open by their names', async () => {
    const child = posixSpawn(sh('echo out > /dev/stdout; echo err > /dev/stderr'))
    if (!isChild(child)) throw new Error('not started')
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual(['out\n', 'err\n'])
  })

  it.runIf(process.platform === 'linux')('reports a signal that Node has no name for', async () => {
    expect(await posixSpawn(sh('kill -40 $$'))?.exited).toEqual({ exitCode: null, signal: 'SIG40' })
  })

  it.runIf(process.platform === 'linux')('leaves the error to Node, and no descriptor open', () => {
    const before = readdirSync('/proc/self/fd').length
    const wrong = [
      { command: 'no-such-program' },
      { command: '/no/such' },
      { command: folder },
      { cwd: '/no/such' },
      { command: file('no-interpreter', 'echo hi') },
      { args: ['x'.repeat(4_000_000)], stdin: 'x' },
    ]
    for (const given of wrong) expect(posixSpawn(command(given))).toBeNull()
    expect(readdirSync('/proc/self/fd')).toHaveLength(before)
  })

  it.runIf(process.platform === 'linux')('reports an exit also when its SIGCHLD was lost', async () => {
    // It ends only when stdin does, after the listeners of its signal have been removed.
    const child = posixSpawn(sh('read line; exit 3', { stdin: '\n' }))
    const listeners = process.listeners('SIGCHLD')
    expect(listeners).not.toEqual([])
    for (const listener of listeners) process.off('SIGCHLD', listener)
    child?.stdin?.end('\n')
    expect(await child?.exited).toEqual({ exitCode: 3, signal: null })
  })
})
