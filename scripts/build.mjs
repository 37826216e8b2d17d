import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { withProcessLock } from './process-lock.mjs'
import { cacheFolder, noSecrets, root, runStep, say, tool } from './step.mjs'

const steps = ['scripts/build.mjs', 'scripts/process-lock.mjs']
const sources = ['app', 'cli', 'client', 'db', 'patches', 'public', 'server', ...steps]
const settings = ['next.config.mjs', 'postcss.config.mjs', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
const programs = {
  server: 'server/index.ts',
  runner: 'server/runner/main.ts',
  cli: 'cli/main.ts',
  client: 'client/index.ts',
}
const stamp = join(root, 'dist', '.built-from')

/** Builds the pages into `.next` and the programs into `dist`, where a source has changed. Fails with one sentence. */
export async function ensureBuilt() {
  if (isBuilt()) return
  mkdirSync(cacheFolder, { recursive: true })
  await withProcessLock(join(cacheFolder, 'build.lock'), build, (pid) =>
    say(`Waiting for process ${pid}, which is building …`),
  )
}

/** What `require` finds is `cjs/src/index.js`, beside the modules that the patch mends. */
function postgresSource() {
  return join(createRequire(import.meta.url).resolve('postgres'), '..', '..', '..', 'src', 'index.js')
}

/** The programs and the client for others' programs, in a folder of the checkout: well under a second. */
export async function buildPrograms(folder = 'dist', names = Object.keys(programs)) {
  const esbuild = await import('esbuild')
  const present = Object.entries(programs).filter(
    ([name, entry]) => names.includes(name) && existsSync(join(root, entry)),
  )
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: present.map(([out, entry]) => ({ in: entry, out })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    // Bundled as patched here: dependents of this package install postgres without the patch.
    alias: { postgres: postgresSource() },
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'error',
  })
  // Its service would stay as a child process.
  await esbuild.stop()
}

async function build() {
  if (isBuilt()) return
  const hash = sourceHash()
  rmSync(stamp, { force: true })
  try {
    await buildPrograms()
  } catch {
    throw new Error('The programs could not be built.')
  }
  const logFile = join(cacheFolder, 'build.log')
  const env = { ...noSecrets, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
  const command = tool('next/dist/bin/next', 'build')
  if (hasPages() && !(await runStep({ title: 'Building the pages', ...command, env, logFile }))) {
    throw new Error(`The pages could not be built; ${logFile} says why.`)
  }
  writeFileSync(stamp, hash)
}

function isBuilt() {
  if (!existsSync(stamp) || (hasPages() && !existsSync(join(root, '.next', 'BUILD_ID')))) return false
  return readFileSync(stamp, 'utf8') === sourceHash()
}

function hasPages() {
  return existsSync(join(root, 'app', 'layout.tsx'))
}

function sourceHash() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0] ?? '')
  for (const path of [...sources, ...settings].flatMap((name) => filesOf(join(root, name)))) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesOf(path) {
  if (!existsSync(path)) return []
  if (settings.includes(relative(root, path)) || path.endsWith('.mjs')) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$|\.sql$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
