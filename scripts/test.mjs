// npm test [-- --only check|unit|e2e|clis] [-- --clis]: everything, with the count of all parts on the last line;
// the real agent programs, which are large, only where they are asked for.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { cacheFolder, npm, root, runStep, say, tool } from './step.mjs'
import { startTestRun } from './test-run.mjs'

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const parts = { check: [lint, types], unit: [unit], e2e: [endToEnd], clis: [agentPrograms] }
if (only && !(only in parts)) {
  say(`--only takes ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}
process.env.NEXT_TELEMETRY_DISABLED = '1'
const endTestRun = startTestRun()

const total = { passed: 0, failed: 0 }
/** @type {string[]} */
const secondTries = []
if (await attempt(installed)) {
  const chosen = Object.entries(parts).flatMap(([name, steps]) => (isChosen(name) ? steps : []))
  for (const step of chosen) await attempt(step)
}
const left = endTestRun()
if (left > 0) say(`Ended ${left} processes that the tests left.`)
if (secondTries.length > 0) {
  console.log('These passed only at the second try:')
  for (const name of secondTries) console.log(`  ${name}`)
}
console.log(`Tests: ${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function isChosen(name) {
  return only ? only === name : name !== 'clis' || process.argv.includes('--clis')
}

/** A step that cannot even be made counts as one failure, and the last line still comes. */
async function attempt(step) {
  const { passed, failed } = await step().catch((error) => {
    say(error.message)
    return asOne(false)
  })
  total.passed += passed
  total.failed += failed
  return failed === 0
}

async function installed() {
  await ensureInstalled()
  return { passed: 0, failed: 0 }
}

async function lint() {
  return asOne(await runStep({ title: 'Checking the style', ...tool('@biomejs/biome/bin/biome', 'check', '.') }))
}

async function types() {
  if (existsSync(join(root, 'app', 'layout.tsx'))) {
    const logFile = join(cacheFolder, 'typegen.log')
    await runStep({ title: 'Describing the routes', ...tool('next/dist/bin/next', 'typegen'), logFile })
  }
  return asOne(await runStep({ title: 'Checking the types', ...tool('typescript/lib/tsc.js', '--noEmit') }))
}

async function unit() {
  // Tests of whole servers want the pages: not within the time of the first of them.
  const { ensureBuilt } = await import('./build.mjs')
  await ensureBuilt()
  const report = freshReport('unit.json')
  const tries = freshReport('second-tries.json')
  const env = { REVEILLE_TEST_REPORT: report, REVEILLE_TEST_SECOND_TRIES: tries }
  const isGreen = await runStep({ title: 'Unit and integration tests', ...tool('vitest/vitest.mjs', 'run'), env })
  if (existsSync(tries)) secondTries.push(...JSON.parse(readFileSync(tries, 'utf8')))
  return counted(isGreen, report, countOfVitest)
}

async function agentPrograms() {
  const report = freshReport('clis.json')
  const env = { REVEILLE_TEST_REPORT: report }
  const isGreen = await runStep({ title: 'Tests with the real agent programs', ...npm('run', 'test:clis'), env })
  return counted(isGreen, report, countOfVitest)
}

/** A file that cannot even be loaded has no tests to fail. */
function countOfVitest({ numPassedTests, numFailedTests, testResults }) {
  const unloadable = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  return { passed: numPassedTests, failed: numFailedTests + unloadable.length }
}

async function endToEnd() {
  const folder = join(root, 'e2e')
  const specs = existsSync(folder) ? readdirSync(folder, { recursive: true }) : []
  if (!specs.some((name) => String(name).endsWith('.spec.ts'))) throw new Error('There are no tests in a browser.')
  const { findBrowser } = await import('./browser.mjs')
  const browser = await findBrowser()
  const { ensureBuilt } = await import('./build.mjs')
  await ensureBuilt()
  const report = freshReport('e2e.json')
  const env = { ...browser, PLAYWRIGHT_JSON_OUTPUT_NAME: report }
  const command = tool('@playwright/test/cli.js', 'test', '--reporter=list,json')
  const isGreen = await runStep({ title: 'Tests in a browser', ...command, env })
  return counted(isGreen, report, ({ stats, errors, suites }) => {
    secondTries.push(...flakySpecs(suites))
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length }
  })
}

/** @returns {string[]} */
function flakySpecs(suites) {
  return suites.flatMap(({ suites: inner = [], specs = [] }) => [
    ...flakySpecs(inner),
    ...specs
      .filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
      .map(({ file, title }) => `${file}: ${title}`),
  ])
}

function asOne(isGreen) {
  return isGreen ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** A program that failed without a failed test still counts as one. */
function counted(isGreen, report, count) {
  const { passed, failed } = existsSync(report)
    ? count(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 0 }
  return { passed, failed: isGreen ? failed : Math.max(failed, 1) }
}

function freshReport(name) {
  const path = join(cacheFolder, name)
  rmSync(path, { force: true })
  return path
}
