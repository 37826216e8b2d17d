import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Where `npm test` wants the results, and the names of those that passed at the second try. */
const { REVEILLE_TEST_REPORT: report, REVEILLE_TEST_SECOND_TRIES: secondTries } = process.env
const reporters: (string | [string, Record<string, unknown>])[] = ['default']
if (report) reporters.push(['json', { outputFile: report }])
if (secondTries) reporters.push(['./scripts/second-tries.ts', { outputFile: secondTries }])

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '') } },
  test: {
    include: ['{app,cli,client,db,scripts,server,tests}/**/*.test.{ts,tsx}'],
    globalSetup: ['db/testing/global-setup.ts'],
    maxWorkers: Math.min(4, availableParallelism()),
    // Against what hangs. A slow machine only takes longer: no test is failed for its speed.
    testTimeout: 600_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 120_000 } },
    // Real servers on busy machines: what fails once is tried once more, and named as such.
    retry: 1,
    reporters,
  },
})
