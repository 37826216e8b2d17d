import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { hasProc } from '@/server/processes/process-table'
import { clear } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { watchPrograms } from '@/tests/program-watch'
import { createProxy, type Proxy as Way } from '@/tests/proxy'
import { hireAgent, sh, wake } from '@/tests/scene'
import { separateMachines } from '@/tests/separate-machines'
import { endServers, startServer } from '@/tests/server'

const database = await createTestDatabase()
const { sql, connection } = database
await separateMachines(sql)
const proxies: Way[] = []
afterEach(async () => {
  await endServers()
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
  await clear(sql)
})
afterAll(() => database.drop())

const repetitions = Number(process.env.REPETITIONS ?? 2)
const leaseMs = 3000
const env = { REVEILLE_LEASE_SEC: String(leaseMs / 1000), LOG_LEVEL: 'fatal' }

/** Starts a server whose connections to the database go through a proxy. */
async function serverBehindProxy(role: string) {
  const proxy = await createProxy(join(connection.directory, '.s.PGSQL.5432'))
  proxies.push(proxy)
  const databaseUrl = `postgres://${connection.user}@${new URL(proxy.url).host}/${connection.database}`
  const server = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: role } })
  return { server, proxy }
}

/** The agent's running run with its worker, once there is a run other than `before`. */
function nextRun(agentId: string, before: string | null) {
  return eventually(
    async () => {
      const [run] = await sql<[{ id: string; dataDir: string; workerId: string }?]>`
        select r.id, r.server_id as worker_id, s.data_dir from heartbeat_runs r join servers s on s.id = r.server_id
        where r.agent_id = ${agentId} and r.status = 'running'`
      return run && run.id !== before ? run : null
    },
    'a run is running',
    60_000,
  )
}

const endless = sh('while :; do sleep 0.05; done')

test.skipIf(!hasProc)(
  `a server whose way is refused, ${repetitions} times in turn: never two programs of one work`,
  async () => {
    const { server: web } = await serverBehindProxy('web')
    const runners = [await serverBehindProxy('runner'), await serverBehindProxy('runner')]
    const { agentId, companyId } = await hireAgent(web.client, endless, { retryOnRunnerLost: 10 })
    const watch = watchPrograms(companyId)
    await wake(web.client, agentId)
    let run = await nextRun(agentId, null)
    for (let n = 1; n <= repetitions; n++) {
      await eventually(() => watch.runsSeen(agentId) === n, 'its program runs')
      const holder = runners.find(({ server }) => server.dataDir === run.dataDir)
      const refusedAt = performance.now()
      await holder?.proxy.refuse()
      const lost = run
      run = await nextRun(agentId, lost.id)
      const takenOverMs = performance.now() - refusedAt
      expect(run.dataDir).not.toBe(lost.dataDir)
      await eventually(() => watch.runsSeen(agentId) === n + 1, 'the program of the next run runs')
      await holder?.proxy.accept()
      await eventually(async () => {
        const [back] = await sql`
          select from servers where data_dir = ${lost.dataDir} and id <> ${lost.workerId} and ended_at is null
            and started_at > now() - interval '30 s' and lease_expires_at > now()`
        return back
      }, 'the refused server has a new worker')
      console.log(`refused ${n}: taken over after ${Math.round(takenOverMs)} ms, overlaps ${watch.overlaps().length}`)
    }
    await watch.stop()
    expect(watch.overlaps()).toEqual([])
    expect(watch.looks()).toBeGreaterThan(repetitions * 20)
    const counted = await sql`
      select status, error_code, count(*) as runs from heartbeat_runs group by 1, 2 order by 1`
    expect([...counted]).toEqual([
      { status: 'failed', errorCode: 'runner_lost', runs: repetitions },
      { status: 'running', errorCode: null, runs: 1 },
    ])
  },
)

test.skipIf(!hasProc)(
  'a lone server that is refused goes on, and one that starts meanwhile waits until it has given up',
  async () => {
    const { server: alone, proxy } = await serverBehindProxy('all')
    const { agentId, companyId } = await hireAgent(alone.client, endless)
    const watch = watchPrograms(companyId)
    await wake(alone.client, agentId)
    const run = await nextRun(agentId, null)
    await eventually(() => watch.runsSeen(agentId) === 1, 'its program runs')
    await eventually(
      async () => (await sql`select from servers where alone_until is not null`)[0],
      'the server is alone',
    )
    await proxy.refuse()
    const { server: later } = await serverBehindProxy('runner')
    await eventually(async () => {
      const [row] = await sql<[{ isOver: boolean }]>`
        select lease_expires_at < now() - interval '3 s' as is_over from servers where id = ${run.workerId}`
      return row.isOver
    }, 'its lease ran out')
    expect(watch.runsSeen(agentId)).toBe(1)
    expect(await sql`select from heartbeat_runs where status = 'running'`).toHaveLength(1)

    const next = await nextRun(agentId, run.id)
    expect(next.dataDir).toBe(later.dataDir)
    await eventually(() => watch.runsSeen(agentId) === 2, 'the program of the next run runs')
    await watch.stop()
    expect(watch.overlaps()).toEqual([])
  },
)
