// npm run test:clis [-- --record]: the adapters against the real agent programs, with a model API on loopback.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { cacheFolder, npm, orLeave, root, runStep } from './step.mjs'

const programs = { '@anthropic-ai/claude-code': '2.1.197', '@openai/codex': '0.169.0' }
const folder = join(cacheFolder, 'clis')

await orLeave(async () => {
  await ensureInstalled()
  await installPrograms()
})
process.env.REVEILLE_TEST_CLIS = join(folder, 'node_modules', '.bin')
if (process.argv.includes('--record')) process.env.REVEILLE_TEST_RECORD = '1'
const report = process.env.REVEILLE_TEST_REPORT
const { startVitest } = await import('vitest/node')
const run = await startVitest('test', [], {
  root,
  watch: false,
  include: ['server/adapters/**/*.clis.ts'],
  fileParallelism: false,
  testTimeout: 120_000,
  ...(report ? { reporters: ['default', 'json'], outputFile: { json: report } } : {}),
})
await run.close()

/** Large (about 640 MB), and wanted by nothing else: kept apart from the packages of the project. */
async function installPrograms() {
  if (Object.entries(programs).every(([name, version]) => versionOf(name) === version)) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const wanted = Object.entries(programs).map(([name, version]) => `${name}@${version}`)
  const isDone = await runStep({
    title: 'Installing Claude Code and Codex',
    ...npm('install', '--no-audit', '--no-fund', '--prefix', folder, ...wanted),
    logFile: join(cacheFolder, 'clis.log'),
  })
  if (!isDone) throw new Error('The agent programs could not be installed.')
}

function versionOf(name) {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
