import type { Executor } from '@/db/client'
import { thisMonth } from '@/server/costs/budget'
import type { CompanyId } from '@/server/domain/ids'

type OfAgent = { agentId: string; agentName: string }

/** What somebody should look at first. */
export type Attention =
  | (OfAgent & { kind: 'agent_failing'; failuresInARow: number; error: string | null; runId: string | null })
  | (OfAgent & { kind: 'run_silent'; runId: string; lastOutputAt: Date })
  | (OfAgent & { kind: 'agent_budget'; spentMicros: number; budgetMicros: number })
  | { kind: 'company_budget'; spentMicros: number; budgetMicros: number }
  | { kind: 'server_lost'; host: string; lostAt: Date; serverId: string }

const perKind = 5
const nearShare = 0.8

/** At most five of each kind; `more` counts the failing agents that are not among them. */
export async function attention(sql: Executor, companyId: CompanyId): Promise<{ items: Attention[]; more: number }> {
  const [company, servers, silent, budgets, failing] = await Promise.all([
    companyBudget(sql, companyId),
    lostServers(sql),
    silentRuns(sql, companyId),
    agentBudgets(sql, companyId),
    failingAgents(sql, companyId),
  ])
  const items = [
    ...servers.map((server) => ({ kind: 'server_lost' as const, ...server })),
    ...company.map((budget) => ({ kind: 'company_budget' as const, ...budget })),
    ...failing.map(({ total, ...agent }) => ({ kind: 'agent_failing' as const, ...agent })),
    ...silent.map((run) => ({ kind: 'run_silent' as const, ...run })),
    ...budgets.map((budget) => ({ kind: 'agent_budget' as const, ...budget })),
  ]
  return { items, more: Math.max(0, (failing[0]?.total ?? 0) - failing.length) }
}

function companyBudget(sql: Executor, companyId: CompanyId) {
  return sql<{ spentMicros: number; budgetMicros: number }[]>`
    select coalesce(s.cost_micros, 0) as spent_micros, c.budget_monthly_micros as budget_micros
    from companies c left join company_spend s on s.company_id = c.id and s.month = ${thisMonth(sql)}
    where c.id = ${companyId} and coalesce(s.cost_micros, 0) >= c.budget_monthly_micros * ${nearShare}::float8`
}

/** Servers belong to no company; one that was lost within the hour concerns all. */
function lostServers(sql: Executor) {
  return sql<{ serverId: string; host: string; lostAt: Date }[]>`
    select id as server_id, host, ended_at as lost_at from servers
    where lost and ended_at > now() - interval '1 hour' order by ended_at desc limit ${perKind}`
}

function silentRuns(sql: Executor, companyId: CompanyId) {
  return sql<(OfAgent & { runId: string; lastOutputAt: Date })[]>`
    select s.run_id, s.agent_id, a.name as agent_name, s.last_output_at
    from run_silences s join heartbeat_runs r on r.id = s.run_id join agents a on a.id = s.agent_id
    where s.company_id = ${companyId} and r.status = 'running' order by s.last_output_at limit ${perKind}`
}

function agentBudgets(sql: Executor, companyId: CompanyId) {
  return sql<(OfAgent & { spentMicros: number; budgetMicros: number })[]>`
    select a.id as agent_id, a.name as agent_name, s.cost_micros as spent_micros,
      a.budget_monthly_micros as budget_micros
    from agents a join agent_spend s on s.agent_id = a.id and s.month = ${thisMonth(sql)}
    where a.company_id = ${companyId} and a.status <> 'terminated' and a.budget_monthly_micros > 0
      and s.cost_micros >= a.budget_monthly_micros * ${nearShare}::float8
    order by s.cost_micros / a.budget_monthly_micros::float8 desc, a.id limit ${perKind}`
}

function failingAgents(sql: Executor, companyId: CompanyId) {
  return sql<(OfAgent & { failuresInARow: number; error: string | null; runId: string | null; total: number })[]>`
    with a as materialized (
      select id, name, failures_in_a_row, count(*) over ()::int as total from agents
      where company_id = ${companyId} and status = 'error'
      order by failures_in_a_row desc, id limit ${perKind}
    )
    select a.id as agent_id, a.name as agent_name, a.failures_in_a_row, left(s.last_error, 300) as error,
      s.last_run_id as run_id, a.total
    from a left join agent_runtime_state s on s.agent_id = a.id order by a.failures_in_a_row desc, a.id`
}
