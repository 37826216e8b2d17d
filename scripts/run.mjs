// node scripts/run.mjs FILE [argument …]: runs a TypeScript file of the checkout, and installs first what that takes.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled } from './install.mjs'
import { orLeave, root } from './step.mjs'

await orLeave(ensureInstalled)
const { register } = await import('tsx/esm/api')
register()
process.setSourceMapsEnabled(true)
const file = join(root, process.argv[2] ?? '')
// As if Node had been started with the file.
process.argv.splice(1, 2, file)
await import(pathToFileURL(file).href)
