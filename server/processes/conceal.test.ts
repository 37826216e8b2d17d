import { type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { packageRoot } from '@/db/package-root'
import { concealProcess, visibleEnvironment } from './conceal'
import { libc } from './libc'

const canConceal = libc !== null
const secret = 'a value that nobody is to see'
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A copy of the program that the other user can read: the checkout may be closed to anyone but root. */
const folder = mkdtempSync(join(tmpdir(), 'reveille-conceal-'))
const program = join(folder, 'concealed.mjs')
beforeAll(async () => {
  chmodSync(folder, 0o755)
  const fixture = fileURLToPath(new URL('fixtures/concealed.ts', import.meta.url))
  await build({ entryPoints: [fixture], outfile: program, bundle: true, platform: 'node', format: 'esm' })
  for (const name of ['koffi', '@koromix']) {
    const installed = join(packageRoot(), 'node_modules', name)
    if (existsSync(installed)) cpSync(installed, join(folder, 'node_modules', name), { recursive: true })
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A concealed process of a user other than root, since root may read everything. */
async function concealed() {
  const isRoot = process.getuid?.() === 0
  const identity = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  const inherited = openSync('/dev/zero', 'r')
  // Node itself does not pass on the first few descriptors.
  const stdio: StdioOptions = ['pipe', 'pipe', 'inherit', ...Array<'ignore'>(37).fill('ignore'), inherited]
  const child = spawn(process.execPath, [program], {
    ...identity,
    cwd: folder,
    env: {
      ...visibleEnvironment(process.env),
      HOME: '/',
      TMPDIR: '/tmp',
      A_SECRET: secret,
      REVEILLE_DATA_DIR: '/a/place',
    },
    stdio,
  })
  closeSync(inherited)
  stops.push(() => child.kill('SIGKILL'))
  const firstLine = once(createInterface({ input: child.stdout ?? process.stdin }), 'line')
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))
  const [line] = await Promise.race([firstLine, ended])
  const look = (path: string) => {
    const of = `/proc/${child.pid}/${path}`
    const { status, stdout } = spawnSync('sh', ['-c', 'ls "$1" > /dev/null && cat "$1"', 'sh', of], {
      ...identity,
      encoding: 'utf8',
    })
    return { isSeen: status === 0, stdout }
  }
  return { pid: child.pid, look, said: JSON.parse(line) }
}

it.runIf(canConceal)(
  'a concealed process keeps its secrets, and its environment shows them to nobody, not even root',
  async () => {
    const { pid, said } = await concealed()
    expect(said).toMatchObject({ isConcealed: true, secret })
    const isRoot = process.getuid?.() === 0
    const shown = isRoot ? readFileSync(`/proc/${pid}/environ`, 'utf8') : ''
    expect(shown).not.toContain(secret)
    if (isRoot) expect(shown).toContain('REVEILLE_DATA_DIR=/a/place')
  },
)

it.runIf(canConceal)(
  'other processes of its user cannot read its memory, files and environment, but can read its name',
  async () => {
    const { look } = await concealed()
    for (const path of ['environ', 'fd', 'mem', 'maps'])
      expect({ path, ...look(path) }).toMatchObject({ isSeen: false })
    expect(look('cmdline')).toMatchObject({ isSeen: true })
    expect(look('stat')).toMatchObject({ isSeen: true })
  },
)

it.runIf(canConceal)('descriptors that it inherited are not passed on to its own programs', async () => {
  const { said } = await concealed()
  expect(said.passedOn).toContain('/proc/')
  expect(said.passedOn).not.toContain('/dev/zero')
})

it('only variables that are known to hold no secret stay visible', () => {
  const environment = {
    PATH: '/bin',
    NODE_ENV: 'test',
    REVEILLE_TOKEN: secret,
    PGPASSWORD: secret,
    ANY_KEY: secret,
  } as const
  expect(visibleEnvironment(environment)).toEqual({ PATH: '/bin', NODE_ENV: 'test' })
})

it.runIf(!canConceal)('reports where it cannot conceal the process', () => {
  expect(concealProcess()).toBe(false)
})
