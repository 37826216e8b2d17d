import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, runProgram, typeScript } from './step.mjs'

const folders = ['app', 'cli', 'client', 'db', 'patches', 'server']
const files = [
  'scripts/build.ts',
  'scripts/build-programs.ts',
  'scripts/process-lock.mjs',
  'next.config.mjs',
  'postcss.config.mjs',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
]
const stamp = join(root, 'dist', '.built-from')

/** Builds the pages into `.next` and the programs into `dist`, where a source has changed. Fails with one sentence. */
export async function ensureBuilt() {
  if (isBuilt()) return
  const { program, args } = typeScript('scripts/build.ts')
  if ((await runProgram(program, args)) !== 0) throw new Error('Reveille could not be built.')
}

/** Whether what `recordBuild` recorded last was built from the sources as they are now. */
export function isBuilt() {
  if (!existsSync(stamp) || !existsSync(join(root, '.next', 'BUILD_ID'))) return false
  return readFileSync(stamp, 'utf8') === sourceHash()
}

/**
 * Records that `build` ran to its end, on the sources as they were when it began.
 * @param {() => Promise<void>} build
 */
export async function recordBuild(build) {
  const hash = sourceHash()
  rmSync(stamp, { force: true })
  await build()
  writeFileSync(stamp, hash)
}

function sourceHash() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0] ?? '')
  for (const path of [...folders.flatMap(sourcesIn), ...files.map((file) => join(root, file))]) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
  return hash.digest('hex')
}

function sourcesIn(/** @type {string} */ folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$|\.sql$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
