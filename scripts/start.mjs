import { ensureInstalled } from './install.mjs'
import { orLeave } from './step.mjs'

process.env.NEXT_TELEMETRY_DISABLED = '1'
await orLeave(ensureInstalled)
const { ensureBuilt } = await import('./build.mjs')
await orLeave(ensureBuilt)

process.env.NODE_ENV = 'production'
process.setSourceMapsEnabled(true)
// In this process, so that signals go straight to the server.
await import(new URL('../dist/server.mjs', import.meta.url).href)
