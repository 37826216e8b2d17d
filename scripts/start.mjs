import { ensureBuilt } from './ensure-built.mjs'
import { ensureInstalled } from './install.mjs'
import { orLeave } from './step.mjs'

await orLeave(ensureInstalled)
await orLeave(ensureBuilt)

Object.assign(process.env, { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' })
process.setSourceMapsEnabled(true)
// In this process, so that signals go straight to the server.
await import(new URL('../dist/server.mjs', import.meta.url).href)
