#!/usr/bin/env node
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from '../scripts/install.mjs'
import { withProcessLock } from '../scripts/process-lock.mjs'
import { cacheFolder, orLeave, root } from '../scripts/step.mjs'

const program = join(root, 'dist', 'cli.mjs')
const sources = ['cli', 'client', 'db', 'patches', 'server', 'scripts/build.mjs', 'scripts/process-lock.mjs']

await orLeave(ensureInstalled)
if (isStale()) await orLeave(build)
process.setSourceMapsEnabled(true)
await import(new URL('../dist/cli.mjs', import.meta.url).href)

async function build() {
  const { buildPrograms } = await import('../scripts/build.mjs')
  mkdirSync(cacheFolder, { recursive: true })
  await withProcessLock(join(cacheFolder, 'build.lock'), async () => {
    if (isStale()) await buildPrograms('dist', ['cli'])
  })
}

function isStale() {
  if (!existsSync(program)) return true
  const builtAt = statSync(program).mtimeMs
  return sources.some((source) => filesOf(join(root, source)).some((path) => statSync(path).mtimeMs > builtAt))
}

function filesOf(/** @type {string} */ path) {
  if (path.endsWith('.mjs')) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|patch)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}
