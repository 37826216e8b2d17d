import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '') } },
  test: {
    include: ['{app,cli,client,db,scripts,server}/**/*.test.{ts,tsx}'],
    globalSetup: ['db/testing/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real servers on busy machines: what fails once is tried once more, and named as such.
    retry: 1,
    // Not hrtime, by which Node 20.9 tells its `performance.now`: the tests' own times would be wrong.
    fakeTimers: { toFake: ['setTimeout', 'clearTimeout', 'performance'] },
  },
})
