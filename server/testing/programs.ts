import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '@/db/package-root'
import { buildPrograms, ensureBuilt } from '@/scripts/build.mjs'

let built: Promise<string> | undefined

/**
 * The folder with `server.mjs` and `runner.mjs`, bundled from the sources as they are now, once per process
 * and apart from `dist`. Pages that were built before are taken as they are.
 */
export function testPrograms(): Promise<string> {
  built ??= build()
  return built
}

async function build(): Promise<string> {
  const root = packageRoot()
  if (!existsSync(join(root, '.next', 'BUILD_ID'))) await ensureBuilt()
  // Below the checkout, where the programs find their packages.
  const parent = join(root, '.cache')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'programs-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await buildPrograms(folder, ['server', 'runner'])
  return folder
}
