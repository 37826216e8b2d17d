import type { RawSql } from '@/db/client'
import { eventually } from '@/tests/eventually'
import { processesWith } from '@/tests/processes'
import { hireAgent, runThatIs, sh, wake } from '@/tests/scene'
import { startServer } from '@/tests/server'
import { median } from './figures'
import { withPlace } from './place'

/**
 * kill -9 of a whole server, its runner included, while it runs: until another server has ended its runs, and until
 * they run again there; against the lease, which is the least that can be waited for.
 */
const leaseSec = 5
const runsEach = 4
const rounds = 3

type Round = { endedMs: number; againMs: number }

async function killOne(sql: RawSql, databaseUrl: string): Promise<Round> {
  const env = { REVEILLE_LEASE_SEC: String(leaseSec) }
  const victim = await startServer({ databaseUrl, env })
  const runIds = await Promise.all(
    Array.from({ length: runsEach }, async () => {
      const { agentId } = await hireAgent(victim.client, sh('sleep 300'))
      const runId = await wake(victim.client, agentId)
      await runThatIs(victim.client, runId, 'running')
      return runId
    }),
  )
  const other = await startServer({ databaseUrl, env })
  const [server] = await sql<[{ runnerPid: number }]>`
    select distinct runner_pid from servers s join heartbeat_runs r on r.server_id = s.id where r.id in ${sql(runIds)}`
  process.kill(server.runnerPid, 'SIGKILL')
  const killedAt = performance.now()
  await victim.kill9()
  const until = async (what: string, isSo: () => Promise<boolean>) => {
    await eventually(isSo, what, 60_000)
    return performance.now() - killedAt
  }
  const endedMs = await until('every run is ended', async () => {
    const left = await sql`select from heartbeat_runs where id in ${sql(runIds)} and status = 'running'`
    return left.length === 0
  })
  const againMs = await until('every run runs again', async () => {
    const again = await sql`select from heartbeat_runs where retry_of_run_id in ${sql(runIds)} and status = 'running'`
    return again.length === runIds.length
  })
  for (const runId of runIds) {
    const left = await processesWith(`REVEILLE_RUN_ID=${runId}`)
    if (left.length > 0) throw new Error(`processes of a lost run are alive: ${left}`)
  }
  const again = await sql<{ id: string }[]>`select id from heartbeat_runs where status = 'running'`
  for (const run of again) await other.client.run.cancel.mutate({ runId: run.id })
  for (const run of again) await runThatIs(other.client, run.id, 'cancelled')
  await other.stop()
  return { endedMs, againMs }
}

await withPlace(async ({ database: { sql }, databaseUrl }) => {
  const times: Round[] = []
  for (let round = 0; round < rounds; round++) times.push(await killOne(sql, databaseUrl))
  const ended = times.map((round) => round.endedMs / 1000)
  const again = times.map((round) => round.againMs / 1000)
  const list = (values: number[]) => values.map((value) => value.toFixed(2)).join(', ')
  console.log(`recovery  kill -9 of a server and its runner with ${runsEach} runs, lease ${leaseSec} s`)
  console.log(`recovery  ended elsewhere after ${list(ended)} s  goal ${leaseSec + 2} s`)
  console.log(`recovery  running again after ${list(again)} s`)
  console.log(`recovery  ratio to the lease ${(median(ended) / leaseSec).toFixed(2)}`)
})
