// npm test [-- --only check|unit|e2e|clis] [-- --clis]: scripts/run-tests.ts, once the packages are installed.
import { ensureInstalled } from './install.mjs'
import { say } from './step.mjs'

try {
  await ensureInstalled()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  console.log('Tests: 0 passed, 1 failed')
  process.exit(1)
}
const { register } = await import('tsx/esm/api')
register()
process.setSourceMapsEnabled(true)
await import(new URL('run-tests.ts', import.meta.url).href)
