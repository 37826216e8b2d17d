import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '@/db/package-root'
import { buildPrograms } from '@/scripts/build-programs'
import { ensureBuilt } from '@/scripts/ensure-built.mjs'
import { processFacts } from '@/scripts/process-lock.mjs'

let built: Promise<string> | undefined

/**
 * The folder with `server.mjs` and `runner.mjs`, bundled from the sources as they are now, once per process
 * and apart from `dist`. Pages that were built before are taken as they are.
 */
export function testPrograms(): Promise<string> {
  built ??= build()
  return built
}

/** Below the checkout, where programs find their packages; gone with this process, or at the next call after it was killed. */
export function makeTestFolder(kind: 'programs' | 'fifth'): string {
  const parent = join(packageRoot(), '.cache')
  mkdirSync(parent, { recursive: true })
  removeLeftFolders(parent)
  const folder = mkdtempSync(join(parent, `${kind}-${process.pid}-`))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Those whose process, named in their name, is gone. */
export function removeLeftFolders(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^(?:programs|fifth)-(\d*)/.exec(name) ?? []
    if (pid === undefined || processFacts(Number(pid))) continue
    rmSync(join(parent, name), { recursive: true, force: true })
  }
}

async function build(): Promise<string> {
  if (!existsSync(join(packageRoot(), '.next', 'BUILD_ID'))) await ensureBuilt()
  const folder = makeTestFolder('programs')
  await buildPrograms(folder, ['server', 'runner'])
  return folder
}
