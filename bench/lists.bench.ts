import type { RawSql } from '@/db/client'
import { createCompany } from '@/server/agents/companies/write'
import { listAgents } from '@/server/agents/list'
import { recentOutcomes } from '@/server/agents/recent-outcomes'
import type { CompanyId } from '@/server/domain/ids'
import { listRuns, type RunFilter } from '@/server/engine/runs/list'
import { neighboursOf } from '@/server/engine/runs/queries'
import { p50AndP99 } from './figures'
import { withPlace } from './place'

/**
 * The lists of the pages with ten thousand agents and a million runs: each filter's first page and one from its middle,
 * beside the reading of one row by its id. `REVEILLE_BENCH_RUNS` sets how many runs there are (1000000).
 */
const agents = 10_000
const runs = Number(process.env.REVEILLE_BENCH_RUNS ?? 1_000_000)
const times = Number(process.env.T ?? 30)
const goalMs = 100

await withPlace(async ({ database: { sql } }) => {
  const { id } = await createCompany(sql, { type: 'user', id: null }, { name: 'Bench' })
  const companyId = id as CompanyId
  await sql`
    insert into agents (company_id, name, adapter_type, adapter_config, runtime_config)
    select ${companyId}, 'Agent ' || n, 'process', '{"command":"/bin/true"}', '{}' from generate_series(1, ${agents}) n`
  for (let from = 1; from <= runs; from += 20_000) await insertRuns(sql, companyId, from, Math.min(runs, from + 19_999))
  for (const table of ['agents', 'heartbeat_runs']) await sql`vacuum analyze ${sql(table)}`
  const [middle] = await sql<[{ id: string; agentId: string; createdAt: Date }]>`
    select id, agent_id, created_at from heartbeat_runs order by created_at limit 1 offset ${Math.floor(runs / 2)}`
  const bareMs = await measured('one run by its id', async () => {
    await sql`select id, status from heartbeat_runs where id = ${middle.id}`
  })
  const ways: Record<string, Partial<RunFilter>> = {
    'all runs': {},
    'of a status (1 in 20)': { status: 'failed' },
    'of a status (1 in 50,000)': { status: 'timed_out' },
    'of a status that none has': { status: 'cancelled' },
    'by hand (1 in 10)': { source: 'on_demand' },
    'by assignment (1 in 100,000)': { source: 'assignment' },
    'of an agent': { agentId: middle.agentId },
    'of an agent and a status': { agentId: middle.agentId, status: 'timed_out' },
    'before a day long ago': { until: middle.createdAt },
    'by words of many errors': { text: 'exit code 3' },
    'by a word of few errors': { text: 'step-940' },
    'by a word of no error': { text: 'nothing-says-this' },
    'by an agent’s name': { text: 'Agent 77' },
    'by the end of an id': { text: middle.id.slice(-6) },
  }
  for (const [name, filter] of Object.entries(ways)) {
    await measured(name, () => listRuns(sql, { companyId, limit: 50, ...filter }), bareMs)
    const cursor = { at: middle.createdAt, id: middle.id }
    await measured(`${name}, from the middle`, () => listRuns(sql, { companyId, limit: 50, ...filter, cursor }), bareMs)
  }
  await measured('the runs before and after one', () => neighboursOf(sql, middle.id), bareMs)
  for (const sort of ['created', 'name', 'status', 'nextHeartbeat', 'spent'] as const) {
    const page = { companyId, sort, descending: false, limit: 50 }
    await measured(`agents by ${sort}`, () => listAgents(sql, page), bareMs)
  }
  const { items } = await listAgents(sql, { companyId, sort: 'name', descending: false, limit: 50 })
  const agentIds = items.map((agent) => agent.id)
  await measured('outcomes of 50 agents', () => recentOutcomes(sql, { companyId, agentIds, perAgent: 12 }), bareMs)
})

/** A run every two seconds back from now, each agent's in turn. */
async function insertRuns(sql: RawSql, companyId: string, from: number, to: number): Promise<void> {
  await sql`
    insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
      queue_position, created_at, started_at, finished_at, error, error_code)
    select ${companyId}, a.ids[1 + n % ${agents}], s.status, s.source, 'system', '{}', at, at, at, at + interval '20 s',
      case when s.status = 'failed' then 'Exit code ' || n % 7 || ' of /opt/agents/step-' || n % 1000 end,
      case when s.status = 'failed' then 'nonzero_exit' end
    from generate_series(${from}::int, ${to}::int) n
    cross join (select array_agg(id order by name) as ids from agents) a
    cross join lateral (select now() - n * interval '2 seconds' as at,
      case when n % 20 = 0 then 'failed' when n % 50000 = 7 then 'timed_out' else 'succeeded' end as status,
      case when n % 100000 = 3 then 'assignment' when n % 10 = 0 then 'on_demand' else 'timer' end as source) s`
}

async function measured(name: string, work: () => Promise<unknown>, bareMs?: number): Promise<number> {
  const taken: number[] = []
  for (let done = 0; done < times; done++) {
    const startedAt = performance.now()
    await work()
    taken.push(performance.now() - startedAt)
  }
  const p50 = taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN
  const beside = bareMs
    ? `  ratio to one row ${(p50 / bareMs).toFixed(1)}  ${p50 <= goalMs ? 'within' : 'OVER'} ${goalMs} ms`
    : ''
  console.log(`lists  ${name}  ${p50AndP99(taken)}${beside}`)
  return p50
}
