// npm run test:clis [-- --record] [-- --latest]: the adapters with the real agent programs, and a model API on loopback.
// With --latest the newest ones; --record saves what they print as fixtures.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, npm, orLeave, root, runStep, say } from './step.mjs'

/** One Claude Code counts the usage of a resumed session from 0, as all did before 2.1.277. */
const programs = [
  { name: '@anthropic-ai/claude-code', version: '2.1.332', command: 'claude', variable: 'REVEILLE_TEST_CLAUDE' },
  { name: '@anthropic-ai/claude-code', version: '2.1.197', command: 'claude', variable: 'REVEILLE_TEST_OLD_CLAUDE' },
  { name: '@openai/codex', version: '0.171.0', command: 'codex', variable: 'REVEILLE_TEST_CODEX' },
]

await orLeave(async () => {
  for (const program of programs) process.env[program.variable] = await install(program)
})
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

/** They take about 1 GB, and only these tests need them: so they are no packages of the project. */
async function install({ name, version: pinned, command, variable }: (typeof programs)[number]): Promise<string> {
  const version = isLatest(variable) ? latestOf(name) : pinned
  const folder = join(cacheFolder, 'clis', `${command}-${version}`)
  const file = join(folder, 'node_modules', '.bin', command)
  if (versionIn(folder, name) === version) return file
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const isDone = await runStep({
    title: `Installing ${name} ${version}`,
    ...npm('install', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`),
    logFile: join(cacheFolder, 'clis.log'),
  })
  if (!isDone) throw new Error(`${name} ${version} could not be installed.`)
  return file
}

function isLatest(variable: string): boolean {
  return process.argv.includes('--latest') && !variable.includes('OLD')
}

function latestOf(name: string): string {
  const { program, args } = npm('view', name, 'version')
  const version = execFileSync(program, args, { encoding: 'utf8' }).trim()
  say(`The newest ${name} is ${version}.`)
  return version
}

function versionIn(folder: string, name: string): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
