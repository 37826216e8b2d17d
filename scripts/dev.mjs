import { spawn } from 'node:child_process'
import { ensureInstalled } from './install.mjs'
import { orLeave, root, tool } from './step.mjs'

await orLeave(ensureInstalled)
const { program, args } = tool('tsx/dist/cli.mjs', 'watch', '--clear-screen=false', 'server/index.ts')
const env = { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' }
const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' })

process.on('SIGTERM', () => child.kill('SIGTERM'))
// A terminal sends Ctrl+C to the whole group, and a second one would cut the drain short.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
