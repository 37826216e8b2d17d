import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createCompany } from '@/server/agents/companies/write'
import { tick } from '@/server/engine/timers/tick'
import { createLogger } from '@/server/platform/logger'
import { p50AndP99 } from './figures'
import { withPlace } from './place'

/**
 * The heartbeat among many agents with timers: a tick when none is due, a tick when a thousand are, beside as many bare
 * commits; and what a day of ticks leaves in memory. `REVEILLE_BENCH_TICKS` sets how many that are (86400).
 */
const agents = 100_000
const due = 1000
const ticks = Number(process.env.REVEILLE_BENCH_TICKS ?? 86_400)
const growthGoalMib = 10

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

await withPlace(async ({ database: { sql } }) => {
  const log = createLogger('error')
  const company = await createCompany(sql, { type: 'user', id: null }, { name: 'Bench' })
  await sql`
    with a as (
      insert into agents (company_id, name, adapter_type, adapter_config, runtime_config, next_heartbeat_at)
      select ${company.id}, 'Agent ' || n, 'process', '{"command":"/bin/true"}',
        '{"heartbeat":{"intervalSec":86400}}', now() + interval '1 hour' + n * interval '0.8 seconds'
      from generate_series(1, ${agents}) n returning id, company_id
    ) insert into agent_runtime_state (agent_id, company_id) select id, company_id from a`
  await sql`vacuum analyze`

  const idle: number[] = []
  const timed = async (into: number[]) => {
    const startedAt = performance.now()
    const fired = await tick(sql, log)
    into.push(performance.now() - startedAt)
    return fired
  }
  for (let times = 0; times < 500; times++) await timed(idle)
  console.log(`tick  ${agents} agents, none due  ${p50AndP99(idle)}`)

  await sql`
    update agents set next_heartbeat_at = now() - interval '1 second'
    where id in (select id from agents order by next_heartbeat_at limit ${due})`
  const busy: number[] = []
  const fired = await timed(busy)
  const [queued] = await sql<[{ runs: number }]>`select count(*) as runs from heartbeat_runs where status = 'queued'`
  if (fired !== due || queued.runs !== due) throw new Error(`${fired} fired and ${queued.runs} queued of ${due}`)
  const busyMs = busy[0] ?? Number.NaN
  const bareMs = await fourLanesOfCommits(sql, due)
  console.log(
    `tick  ${due} due, all queued in ${busyMs.toFixed(0)} ms  bare commits ${bareMs.toFixed(0)} ms  ratio ${(busyMs / bareMs).toFixed(1)}`,
  )

  const memory = () => {
    collectGarbage()
    return process.memoryUsage()
  }
  for (let times = 0; times < 2000; times++) await tick(sql, log)
  const before = memory()
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  for (let times = 0; times < ticks; times++) await tick(sql, log)
  const cpu = process.cpuUsage(cpuBefore)
  const after = memory()
  const mib = (bytes: number) => (bytes / 1_048_576).toFixed(1)
  console.log(
    `tick  ${ticks} ticks in ${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${((cpu.user + cpu.system) / 1000 / ticks).toFixed(2)} ms CPU each`,
  )
  console.log(
    `tick  after them: resident ${mib(after.rss - before.rss)} MiB more, heap ${mib(after.heapUsed - before.heapUsed)} MiB more  goal ${growthGoalMib} MiB`,
  )
})

/** As many committed inserts as wakeups, as many at once as a tick makes. */
async function fourLanesOfCommits(sql: Parameters<typeof tick>[0], times: number): Promise<number> {
  await sql`create table bare (id int generated always as identity)`
  const startedAt = performance.now()
  const lane = async () => {
    for (let left = times / 4; left > 0; left--) await sql`insert into bare default values`
  }
  await Promise.all([lane(), lane(), lane(), lane()])
  return performance.now() - startedAt
}
