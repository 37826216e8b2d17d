import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import { createCompany } from '@/server/agents/companies/write'
import { createAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import { request } from '@/server/engine/wakeups/request'
import { eventually } from '@/tests/eventually'
import { startServer } from '@/tests/server'
import { eachOf } from './figures'
import { measureBare, type Place, withPlace } from './place'

/**
 * Many agents, each woken once, 8 runs at a time, everything recorded; against a bare loop that spawns the same program
 * with pipes, 8 at a time, in a small process, and records nothing. `REVEILLE_BENCH_RUNS` sets how many (2000).
 */
const runs = Number(process.env.REVEILLE_BENCH_RUNS ?? 2000)
const atOnce = 8
const program = '/bin/true'
const by = { type: 'user', id: null } as const

async function wakeAll(sql: RawSql): Promise<void> {
  const company = await createCompany(sql, by, { name: 'Bench' })
  const numbers = Array.from({ length: runs }, (_number, at) => at)
  await eachOf(numbers, atOnce, async (at) => {
    const agent = await createAgent(sql, by, Buffer.alloc(32), {
      companyId: company.id as CompanyId,
      name: `Agent ${at}`,
      adapterType: 'process',
      adapterConfig: { command: program, cwd: '/' },
    })
    await request(sql, { agentId: agent.id, source: 'on_demand', triggerDetail: 'manual', actor: by })
  })
}

/** Runs a second, from the first start to the last end as they are recorded. */
async function ours({ database, databaseUrl }: Place): Promise<{ perSec: number; commits: number }> {
  const { sql } = database
  await wakeAll(sql)
  await sql`vacuum analyze`
  const before = await commitsOf(sql)
  await startServer({ databaseUrl, env: { REVEILLE_MAX_RUNS: String(atOnce), REVEILLE_TICK_MS: '60000' } })
  const [row] = await eventually(
    async () => {
      // Seldom: each look counts every run.
      await sleep(200)
      const rows = await sql<{ left: number; seconds: number; succeeded: number }[]>`
        select count(*) filter (where status in ('queued', 'running')) as left,
          count(*) filter (where status = 'succeeded') as succeeded,
          extract(epoch from max(finished_at) - min(started_at))::float8 as seconds from heartbeat_runs`
      return rows[0]?.left === 0 && rows
    },
    'every run has ended',
    600_000,
  )
  if (row?.succeeded !== runs) throw new Error(`only ${row?.succeeded} of ${runs} runs succeeded`)
  const commits = (await commitsOf(sql)) - before
  return { perSec: runs / row.seconds, commits: commits / runs }
}

/** Sessions report what they did at most once a second. */
async function commitsOf(sql: RawSql): Promise<number> {
  await sql`select pg_sleep(1.5)`
  const [row] = await sql<[{ commits: number }]>`
    select xact_commit as commits from pg_stat_database where datname = current_database()`
  return row.commits
}

await withPlace(async (place) => {
  const { perSec, commits } = await ours(place)
  const limit = Number(measureBare('spawn-loop', program, String(runs), String(atOnce)))
  console.log(`throughput  ${runs} agents running ${program}, ${atOnce} at a time, everything recorded`)
  console.log(
    `throughput  ours ${perSec.toFixed(0)} runs/s  bare ${limit.toFixed(0)} spawns/s  ratio ${(perSec / limit).toFixed(2)}`,
  )
  console.log(`throughput  ${commits.toFixed(2)} commits a run, reads among them`)
})
