// Spawns $1 with pipes $2 times, $3 at a time, and prints how many that were a second.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const [program, times, atOnce] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
let left = times
const startedAt = performance.now()
const lanes = Array.from({ length: atOnce }, async () => {
  while (left-- > 0) {
    await once(spawn(program, [], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }), 'close')
  }
})
await Promise.all(lanes)
process.stdout.write(JSON.stringify(times / ((performance.now() - startedAt) / 1000)))
