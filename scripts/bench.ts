// npm run bench [-- WORD …]: every benchmark, or those whose name contains one of the words.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root, say, typeScript } from './step.mjs'

const words = process.argv.slice(2)
const all = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.bench.ts'))
  .sort()
const chosen = all.filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
if (chosen.length === 0) say(`No benchmark has such a name. There are: ${all.join(', ')}`)

const failed = chosen.filter((name) => {
  say(`\n${name}`)
  const { program, args } = typeScript(join('bench', name))
  return spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status !== 0
})
if (failed.length > 0) say(`\nFAILED: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 || chosen.length === 0 ? 1 : 0
