// npm run dev: the server from its sources, started again when one of them changes.
import { spawn } from 'node:child_process'
import { root, tool } from './step.mjs'

const { program, args } = tool('tsx/dist/cli.mjs', 'watch', '--clear-screen=false', 'server/compose/main.ts')
Object.assign(process.env, { NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' })
const child = spawn(program, args, { cwd: root, stdio: 'inherit' })

process.on('SIGTERM', () => child.kill('SIGTERM'))
// A terminal sends Ctrl+C to the whole group, and a second signal would cut the drain short.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
