import { availableParallelism } from 'node:os'
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  // Against what hangs. A slow machine only takes longer: no test is failed for its speed.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  workers: Math.min(4, availableParallelism()),
  // A real browser on busy machines: what fails once is tried once more, and reported as flaky.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  use: {
    browserName: 'chromium',
    actionTimeout: 120_000,
    navigationTimeout: 120_000,
    launchOptions: {
      // scripts/browser.ts finds or installs one.
      executablePath: process.env.E2E_CHROMIUM,
      args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
    },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
})
