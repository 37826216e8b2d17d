// All tests, or those of `--only check|unit|e2e|clis`; the last line counts the tests of all parts. The real agent
// programs (`clis`) are large: they are tested only where `--clis` or `--only clis` asks for it.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findBrowser } from './browser'
import { ensureBuilt } from './ensure-built.mjs'
import { cacheFolder, npm, root, runStep, say, tool } from './step.mjs'
import { startTestRun } from './test-run'

type Count = { passed: number; failed: number }
type Suite = { suites?: Suite[]; specs?: { file: string; title: string; tests: { status: string }[] }[] }
type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}
type PlaywrightReport = {
  stats: { expected: number; flaky: number; unexpected: number }
  errors: unknown[]
  suites: Suite[]
}

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const parts = { check: [lint, types], unit: [unit], e2e: [endToEnd], clis: [agentPrograms] }
if (only && !(only in parts)) {
  say(`--only takes ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}
process.env.NEXT_TELEMETRY_DISABLED = '1'
const endTestRun = startTestRun()

const total = { passed: 0, failed: 0 }
const secondTries: string[] = []
for (const step of Object.entries(parts).flatMap(([name, steps]) => (isChosen(name) ? steps : []))) {
  const { passed, failed } = await attempt(step)
  total.passed += passed
  total.failed += failed
}
const ended = endTestRun()
if (ended > 0) say(`Ended ${ended} processes that the tests left.`)
if (secondTries.length > 0) {
  console.log('These passed only at the second try:')
  for (const name of secondTries) console.log(`  ${name}`)
}
console.log(`Tests: ${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function isChosen(name: string): boolean {
  return only ? only === name : name !== 'clis' || process.argv.includes('--clis')
}

/** A step that cannot even be started counts as one failure, and the last line is printed all the same. */
async function attempt(step: () => Promise<Count>): Promise<Count> {
  try {
    return await step()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return asOne(false)
  }
}

async function lint(): Promise<Count> {
  return asOne(await runStep({ title: 'Checking the style', ...tool('@biomejs/biome/bin/biome', 'check', '.') }))
}

async function types(): Promise<Count> {
  const logFile = join(cacheFolder, 'typegen.log')
  await runStep({ title: 'Describing the routes', ...tool('next/dist/bin/next', 'typegen'), logFile })
  return asOne(await runStep({ title: 'Checking the types', ...tool('typescript/lib/tsc.js', '--noEmit') }))
}

async function unit(): Promise<Count> {
  // Tests of whole servers need the pages, and building them takes longer than one test may.
  await ensureBuilt()
  const report = freshReport('unit.json')
  const tries = freshReport('second-tries.json')
  const env = { REVEILLE_TEST_REPORT: report, REVEILLE_TEST_SECOND_TRIES: tries }
  const isGreen = await runStep({ title: 'Unit and integration tests', ...tool('vitest/vitest.mjs', 'run'), env })
  if (existsSync(tries)) secondTries.push(...JSON.parse(readFileSync(tries, 'utf8')))
  return counted(isGreen, report, countOfVitest)
}

async function agentPrograms(): Promise<Count> {
  const report = freshReport('clis.json')
  const env = { REVEILLE_TEST_REPORT: report }
  const isGreen = await runStep({ title: 'Tests with the real agent programs', ...npm('run', 'test:clis'), env })
  return counted(isGreen, report, countOfVitest)
}

/** A file that cannot even be loaded contains no failed test. */
function countOfVitest({ numPassedTests, numFailedTests, testResults }: VitestReport): Count {
  const unloadable = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  return { passed: numPassedTests, failed: numFailedTests + unloadable.length }
}

async function endToEnd(): Promise<Count> {
  const specs = readdirSync(join(root, 'e2e')).filter((name) => name.endsWith('.spec.ts'))
  if (specs.length === 0) throw new Error('There are no tests in a browser.')
  const browser = await findBrowser()
  await ensureBuilt()
  const report = freshReport('e2e.json')
  const env = { ...browser, PLAYWRIGHT_JSON_OUTPUT_NAME: report }
  const command = tool('@playwright/test/cli.js', 'test', '--reporter=list,json')
  const isGreen = await runStep({ title: 'Tests in a browser', ...command, env })
  return counted(isGreen, report, ({ stats, errors, suites }: PlaywrightReport) => {
    secondTries.push(...flakySpecs(suites))
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length }
  })
}

function flakySpecs(suites: Suite[]): string[] {
  return suites.flatMap(({ suites: inner = [], specs = [] }) => [
    ...flakySpecs(inner),
    ...specs
      .filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
      .map(({ file, title }) => `${file}: ${title}`),
  ])
}

function asOne(isGreen: boolean): Count {
  return isGreen ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** A program that failed without a failed test counts as one failure. */
function counted<Report>(isGreen: boolean, reportFile: string, count: (report: Report) => Count): Count {
  const { passed, failed } = existsSync(reportFile)
    ? count(JSON.parse(readFileSync(reportFile, 'utf8')))
    : { passed: 0, failed: 0 }
  return { passed, failed: isGreen ? failed : Math.max(failed, 1) }
}

function freshReport(name: string): string {
  const path = join(cacheFolder, name)
  rmSync(path, { force: true })
  return path
}
