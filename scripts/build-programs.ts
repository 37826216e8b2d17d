import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build, stop } from 'esbuild'
import { root } from './step.mjs'

const programs = {
  server: 'server/compose/main.ts',
  runner: 'server/compose/runner-process.ts',
  cli: 'cli/main.ts',
  client: 'client/index.ts',
}

/** The programs, and the client for other programs, into a folder of the checkout: well under a second. */
export async function buildPrograms(folder = 'dist', names: string[] = Object.keys(programs)): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(programs)
      .filter(([out]) => names.includes(out))
      .map(([out, entry]) => ({ in: entry, out })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    // Bundled with the patch of `patches`: an installation of this package gets postgres.js without it.
    alias: { postgres: postgresSource() },
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'error',
  })
  // Its service would stay as a child process.
  await stop()
}

/** `require` finds `cjs/src/index.js`; the patch changes the modules in `src` beside it. */
function postgresSource(): string {
  return join(createRequire(import.meta.url).resolve('postgres'), '..', '..', '..', 'src', 'index.js')
}
