// npm run build [-- PROGRAM …]: the pages into `.next` and the programs into `dist`, where a source has changed; or
// only the programs that are named, in any case.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildPrograms } from './build-programs'
import { isBuilt, recordBuild } from './ensure-built.mjs'
import { withProcessLock } from './process-lock.mjs'
import { cacheFolder, noSecrets, orLeave, runStep, say, tool } from './step.mjs'

const names = process.argv.slice(2)
await orLeave(names.length > 0 ? () => buildPrograms('dist', names) : buildAll)

async function buildAll(): Promise<void> {
  mkdirSync(cacheFolder, { recursive: true })
  await withProcessLock(
    join(cacheFolder, 'build.lock'),
    async () => {
      if (!isBuilt()) await recordBuild(build)
    },
    (pid) => say(`Waiting for process ${pid}, which is building …`),
  )
}

async function build(): Promise<void> {
  await buildPrograms().catch(() => {
    throw new Error('The programs could not be built.')
  })
  const logFile = join(cacheFolder, 'build.log')
  const env = { ...noSecrets, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
  const command = tool('next/dist/bin/next', 'build')
  if (!(await runStep({ title: 'Building the pages', ...command, env, logFile }))) {
    throw new Error(`The pages could not be built; ${logFile} says why.`)
  }
}
