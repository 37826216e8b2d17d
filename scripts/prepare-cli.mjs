import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { withProcessLock } from './process-lock.mjs'
import { cacheFolder, orLeave, root, typeScript } from './step.mjs'

const program = join(root, 'dist', 'cli.mjs')
const folders = ['cli', 'client', 'db', 'patches', 'server']
const files = ['scripts/build-programs.ts', 'scripts/process-lock.mjs']

/** Installs the packages and builds the command line of the checkout, where that is not done. Ends the process if it fails. */
export async function prepareCli() {
  await orLeave(ensureInstalled)
  if (isStale()) await orLeave(build)
}

async function build() {
  mkdirSync(cacheFolder, { recursive: true })
  await withProcessLock(join(cacheFolder, 'build.lock'), async () => {
    if (!isStale()) return
    const { program, args } = typeScript('scripts/build.ts', 'cli')
    const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error('The command line could not be built.')
  })
}

function isStale() {
  if (!existsSync(program)) return true
  const builtAt = statSync(program).mtimeMs
  const sources = [...folders.flatMap(sourcesIn), ...files.map((file) => join(root, file))]
  return sources.some((path) => statSync(path).mtimeMs > builtAt)
}

function sourcesIn(/** @type {string} */ folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|patch)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}
