import { join } from 'node:path'
import { hireAgent, runThatIs, wake } from '@/server/testing/scene'
import { startServer } from '@/server/testing/server'
import { p50AndP99, quantile, wallClock } from './figures'
import { measureBare, withPlace } from './place'

/**
 * From the call of `wakeup.create` to the program's own first word, on an idle server; against the least that could be
 * done instead: two committed writes to the same database, and one bare spawn. The program tells its clock, so nothing
 * that comes after its start is in the figure. `REVEILLE_BENCH_CALLS` sets how often (300).
 */
const calls = Number(process.env.REVEILLE_BENCH_CALLS ?? 300)
const clock = { command: 'date', args: ['+%s%N'] }

async function ours(databaseUrl: string): Promise<{ toProgram: number[]; toAnswer: number[] }> {
  const { client } = await startServer({ databaseUrl })
  const { agentId } = await hireAgent(client, clock)
  const figures = { toProgram: [] as number[], toAnswer: [] as number[] }
  for (let call = 0; call < calls + 20; call++) {
    const now = wallClock()
    const calledAt = now()
    const runId = await wake(client, agentId)
    const answeredAt = now()
    await runThatIs(client, runId, 'succeeded')
    const { entries } = await client.run.log.query({ runId })
    // The first calls warm everything up.
    if (call < 20) continue
    figures.toProgram.push(Number(entries[0]?.chunk) / 1e6 - calledAt)
    figures.toAnswer.push(answeredAt - calledAt)
  }
  return figures
}

await withPlace(async ({ databaseUrl, connection }) => {
  const { toProgram, toAnswer } = await ours(databaseUrl)
  const { directory, user, database } = connection
  const least = measureBare('commit-and-spawn', join(directory, '.s.PGSQL.5432'), user, database, String(calls))
  if (!Array.isArray(least)) throw new Error('the bare sum was not measured')
  const ratio = quantile(toProgram, 0.5) / quantile(least, 0.5)
  console.log(`wake  called → program speaks  ${p50AndP99(toProgram)}  (${calls} calls over HTTP, idle server)`)
  console.log(`wake  called → answered        ${p50AndP99(toAnswer)}`)
  console.log(`wake  two commits + one spawn  ${p50AndP99(least)}`)
  console.log(`wake  ratio of the medians ${ratio.toFixed(2)}`)
})
