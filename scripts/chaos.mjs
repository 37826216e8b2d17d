// npm run chaos -- --minutes N [--seed N]: real servers under blows, then a look at what must hold.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { orLeave, root } from './step.mjs'

await orLeave(ensureInstalled)
const args = ['--import', 'tsx', join('server', 'testing', 'chaos', 'main.ts'), ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
