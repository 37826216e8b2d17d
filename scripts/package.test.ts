import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { thisRelease } from '@/db/release'
import { eventually } from '@/tests/eventually'
import { endServers, newDataDir } from '@/tests/server'
import { ensureBuilt } from './ensure-built.mjs'
import { withProcessLock } from './process-lock.mjs'
import { cacheFolder, npm, root } from './step.mjs'

const folder = mkdtempSync(join(tmpdir(), 'reveille-package-'))
chmodSync(folder, 0o755)
const unpacked = join(folder, 'package')

beforeAll(async () => {
  await ensureBuilt()
  const { program, args } = npm('pack', '--ignore-scripts', '--pack-destination', folder)
  // No other test writes to `dist` in the meantime.
  await withProcessLock(join(cacheFolder, 'build.lock'), async () => {
    execFileSync(program, args, { cwd: root, stdio: 'ignore' })
  })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  execFileSync('tar', ['-xzf', tarball], { cwd: folder })
  linkDependencies()
})
afterAll(async () => {
  await endServers()
  rmSync(folder, { recursive: true, force: true })
})

/** Those alone that npm installs with the package: none of the development. */
function linkDependencies() {
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  const installed = Object.entries(lock.packages).filter(
    ([path, { dev }]) => /^node_modules\/[^/]+(\/[^/]+)?$/.test(path) && !dev,
  )
  for (const [path] of installed) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(join(root, path), join(folder, path))
  }
}

function reveille(dataDir: string, ...args: string[]) {
  const { PATH, HOME, TMPDIR, NODE_ENV } = process.env
  const child = spawn(process.execPath, [join(unpacked, 'cli', 'bin.mjs'), ...args], {
    cwd: folder,
    env: { PATH, HOME, TMPDIR, NODE_ENV, PORT: '0', REVEILLE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (written.stderr += text))
  return { child, written }
}

it('holds neither tests nor scripts, and runs nothing when it is installed', () => {
  const files = readdirSync(unpacked, { recursive: true }).map(String)
  expect(files).toContain('README.md')
  expect(files.filter((file) => /\.test\.|(^|\/)(testing|tests|fixtures|scripts|patches)\//.test(file))).toEqual([])
  const { scripts } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
  expect(Object.keys(scripts).filter((name) => /install$/.test(name))).toEqual([])
})

it('prints its version', async () => {
  const { child, written } = reveille(folder, '--version')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(written).toEqual({ stdout: expect.stringContaining(`${thisRelease().version} (schema`), stderr: '' })
})

it('starts a server with pages, which goes on when nobody reads its output, and stops when it is asked to', async () => {
  const { child, written } = reveille(newDataDir(), 'start')
  const ended = once(child, 'exit')
  const url = await eventually(() => {
    if (child.exitCode !== null) throw new Error(written.stderr)
    return /^reveille ready (\S+)$/m.exec(written.stdout)?.[1]
  }, 'the ready line')
  child.stdout.destroy()
  child.stderr.destroy()
  const page = await fetch(new URL('/sign-in', url))
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<html')])
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})
