// npm run attack [-- --url URL --token TOKEN]: known exploits against a running server, by default one of its own.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { orLeave, root } from './step.mjs'

await orLeave(ensureInstalled)
if (!process.argv.includes('--url')) await orLeave(ensureBuilt)
const args = ['--import', 'tsx', join('server', 'testing', 'attack', 'main.ts'), ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
