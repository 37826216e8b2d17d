import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SocketConnection } from '@/db/connection'
import { hireAgent, runThatIs, wake } from '@/tests/scene'
import { startServer } from '@/tests/server'
import { p50AndP99, quantile, wallClock } from './figures'
import { withPlace } from './place'

/**
 * From the call of `wakeup.create` to the program's own first word, on an idle server; against the least that could be
 * done instead: two committed writes to the same database, and one bare spawn. The program tells its clock, so nothing
 * that comes after its start is in the figure. `REVEILLE_BENCH_CALLS` sets how often (300).
 *
 * The least is measured twice: beside each call, where the machine is as idle and its caches as cold as for the call, and
 * in a row, which no call on an idle server can be.
 */
const calls = Number(process.env.REVEILLE_BENCH_CALLS ?? 300)
const warmUps = 20
const clock = { command: '/bin/date', args: ['+%s%N'] }

/** A small process of its own: what it loads besides would make its spawns slower. */
function startBare({ directory, user, database }: SocketConnection) {
  const program = fileURLToPath(new URL('bare/commit-and-spawn.mjs', import.meta.url))
  const args = [program, join(directory, '.s.PGSQL.5432'), user, database]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async once(): Promise<number> {
      child.stdin.write('\n')
      const { value } = await lines.next()
      if (value === undefined) throw new Error('the bare sum was not measured')
      return Number(value)
    },
    end: () => child.stdin.end(),
  }
}

await withPlace(async ({ databaseUrl, connection }) => {
  const { client } = await startServer({ databaseUrl })
  const { agentId } = await hireAgent(client, clock)
  const bare = startBare(connection)
  const toProgram: number[] = []
  const toAnswer: number[] = []
  const beside: number[] = []
  const inARow: number[] = []
  for (let call = 0; call < calls + warmUps; call++) {
    const now = wallClock()
    const calledAt = now()
    const runId = await wake(client, agentId)
    const answeredAt = now()
    await runThatIs(client, runId, 'succeeded')
    const { entries } = await client.run.log.query({ runId })
    const least = await bare.once()
    if (call < warmUps) continue
    toProgram.push(Number(entries[0]?.chunk) / 1e6 - calledAt)
    toAnswer.push(answeredAt - calledAt)
    beside.push(least)
  }
  while (inARow.length < calls) inARow.push(await bare.once())
  bare.end()
  const ratioTo = (least: number[]) => (quantile(toProgram, 0.5) / quantile(least, 0.5)).toFixed(2)
  console.log(`wake  called → program speaks  ${p50AndP99(toProgram)}  (${calls} calls over HTTP, idle server)`)
  console.log(`wake  called → answered        ${p50AndP99(toAnswer)}`)
  console.log(`wake  two commits + one spawn  ${p50AndP99(beside)}  (beside each call; ratio ${ratioTo(beside)})`)
  console.log(`wake  the same in a row        ${p50AndP99(inARow)}  (ratio ${ratioTo(inARow)})`)
})
