import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, describe, expect, test } from 'vitest'
import { thisRelease } from '@/db/release'
import { createProgram } from './program'
import { reveille } from './testing/cli'

const dataDir = mkdtempSync(join(tmpdir(), 'reveille-cli-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const nowhere = { dataDir, token: 'a-token-of-the-tests' }

test('without a command it prints the help and exits with 0', async () => {
  const { code, stdout, stderr } = await reveille(nowhere)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('Usage: reveille')
  for (const name of [
    'start',
    'companies',
    'agents',
    'agent',
    'sign-in-link',
    'wake',
    'runs',
    'logs',
    'cancel',
    'events',
  ]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  }
})

test('--version prints the version and the schema', async () => {
  const { version, schema } = thisRelease()
  expect(await reveille(nowhere, '--version')).toMatchObject({
    code: 0,
    stdout: `${version} (schema ${schema.newest}, ${schema.migrations} migrations)\n`,
  })
})

describe('wrong usage is exit 2, and nothing on stdout', () => {
  const id = '3f0c1c7e-5c1b-4a52-9d0e-0f9f3f1f2a10'
  const cases: [string[], string][] = [
    [['nonsense'], "unknown command 'nonsense'"],
    [['wake'], "missing required argument 'agent'"],
    [['wake', 'Echo', 'more'], 'too many arguments'],
    [['wake', id, '--nonsense'], "unknown option '--nonsense'"],
    [['wake', id, '--payload', '{'], 'It is not JSON'],
    [['wake', id, '--payload', '@/no/such/file'], 'cannot be read'],
    [['runs', '--status', 'happy'], 'Allowed choices are queued'],
    [['runs', '--limit', '201'], 'from 1 to 200'],
    [['agent', 'create', '--name', 'Echo'], "required option '--adapter <type>'"],
    [['agent', 'create', '--name', 'E', '--adapter', 'process', '--config', '[]'], 'must be a JSON object'],
    [['logs', 'nonsense', '--url', 'http://127.0.0.1:1'], 'is not the id of a run'],
    [['companies', '--url', 'nonsense'], 'is not the address of a server'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  ]
  test.each(cases)('%j', async (args, message) => {
    const { code, stdout, stderr } = await reveille(nowhere, ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})

describe('the help of every command has an example', () => {
  const namesOf = (command: Command, above = ''): string[] =>
    command.commands.flatMap((inner) => [`${above}${inner.name()}`, ...namesOf(inner, `${above}${inner.name()} `)])
  const commands = namesOf(createProgram())
  expect(commands).toContain('agent create')
  test.each(commands)('%s', async (command) => {
    const { code, stdout } = await reveille(nowhere, ...command.split(' '), '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}\\$ .*reveille ${command}`))
  })
})

describe('errors before the server answers say what to do', () => {
  test('no server on the data directory', async () => {
    const { code, stderr } = await reveille(nowhere, 'companies')
    expect(code).toBe(1)
    expect(stderr).toContain(`${dataDir}/server.json: start one with \`reveille start\``)
  })

  test('no token', async () => {
    const { code, stderr } = await reveille({ dataDir }, 'companies', '--url', 'http://127.0.0.1:1')
    expect(code).toBe(1)
    expect(stderr).toBe(
      'reveille: No token: give --token or set REVEILLE_TOKEN. Create a token on your account page, or use the REVEILLE_TOKEN of the server.\n',
    )
  })

  test('a server that is no longer running', async () => {
    writeFileSync(join(dataDir, 'server.json'), '{"url":"http://127.0.0.1:1","publicUrl":"http://127.0.0.1:1","pid":1}')
    const { code, stderr } = await reveille(nowhere, 'companies')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^reveille: The server does not answer.*`reveille start`.*\n$/)
  })

  test('a database that does not answer', async () => {
    const { code, stderr } = await reveille({ dataDir }, 'sign-in-link', '--url', 'http://127.0.0.1:1')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^reveille: The database of .* does not answer.*start the server.*\n$/)
  })
})
