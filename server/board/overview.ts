import type { Executor } from '@/db/client'
import { thisMonth } from '@/server/costs/budget'
import { projectedMicros } from '@/server/costs/projection'
import type { AgentStatus } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import { type BoardAgent, boardAgents } from './agents'
import { type Attention, attention } from './attention'

export type Board = {
  counts: Record<AgentStatus, number>
  agents: BoardAgent[]
  queue: { running: number; queued: number; oldestQueuedAt: Date | null }
  /** Of this UTC month, in micro-dollars; `projectedMicros` is where it ends at this pace, null on the month's first day. */
  spend: { spentMicros: number; budgetMicros: number | null; projectedMicros: number | null }
  attention: { items: Attention[]; more: number }
}

export const boardAgentsShown = 50

/** What a company is about at this moment. It costs what its agents and its live runs cost, not its past. */
export async function boardOverview(sql: Executor, companyId: CompanyId): Promise<Board> {
  const [counts, agents, queue, spend, needing] = await Promise.all([
    countAgents(sql, companyId),
    boardAgents(sql, companyId, boardAgentsShown),
    queueOf(sql, companyId),
    spendOf(sql, companyId),
    attention(sql, companyId),
  ])
  return { counts, agents, queue, spend, attention: needing }
}

async function countAgents(sql: Executor, companyId: CompanyId): Promise<Board['counts']> {
  const rows = await sql<{ status: AgentStatus; agents: number }[]>`
    select status, count(*)::int as agents from agents where company_id = ${companyId} group by status`
  const counts = { idle: 0, running: 0, error: 0, paused: 0, terminated: 0 }
  for (const { status, agents } of rows) counts[status] = agents
  return counts
}

/** By the indexes of live runs: an agent has at most one queued run, and a few that run. */
async function queueOf(sql: Executor, companyId: CompanyId): Promise<Board['queue']> {
  const [queue] = await sql<[Board['queue']]>`
    select (select count(*)::int from heartbeat_runs where company_id = ${companyId} and status = 'running') as running,
      count(*)::int as queued, min(created_at) as oldest_queued_at
    from heartbeat_runs where company_id = ${companyId} and status = 'queued'`
  return queue
}

async function spendOf(sql: Executor, companyId: CompanyId): Promise<Board['spend']> {
  const [row] = await sql<[{ spentMicros: number; budgetMicros: number | null; now: Date }]>`
    select coalesce(s.cost_micros, 0) as spent_micros, c.budget_monthly_micros as budget_micros, now() as now
    from companies c left join company_spend s on s.company_id = c.id and s.month = ${thisMonth(sql)}
    where c.id = ${companyId}`
  const { now, ...spend } = row
  return { ...spend, projectedMicros: projectedMicros(spend.spentMicros, now) }
}
