// npm run bench [-- name …]: every benchmark, or those whose name contains one of the words.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { orLeave, root, say } from './step.mjs'

await orLeave(ensureInstalled)
const words = process.argv.slice(2)
const folder = join(root, 'bench')
const all = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.bench.ts')).sort()
const chosen = all.filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
if (chosen.length === 0) say(`No benchmark of that name. There are: ${all.join(', ')}`)

const failed = chosen.filter((name) => {
  say(`\n${name}`)
  const args = ['--import', 'tsx', join('bench', name)]
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0
})
if (failed.length > 0) say(`\nFAILED: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 || chosen.length === 0 ? 1 : 0
