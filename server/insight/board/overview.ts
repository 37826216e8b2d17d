import { and, count, eq, inArray, min } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agents, heartbeatRuns } from '@/db/schema'
import type { AgentStatus } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import { liveRunStatuses } from '@/server/domain/run-status'
import { projectedMicros } from '@/server/insight/costs/projection'
import { type BoardAgent, boardAgents } from './agents'
import { type Attention, attention } from './attention'
import { companyBudget } from './budget'

export type Board = {
  counts: Record<AgentStatus, number>
  agents: BoardAgent[]
  queue: { running: number; queued: number; oldestQueuedAt: Date | null }
  /** Of this UTC month, in micro-dollars; `projectedMicros` is the forecast for the whole month, null on its first day. */
  spend: { spentMicros: number; budgetMicros: number | null; projectedMicros: number | null }
  attention: { items: Attention[]; more: number }
}

export const boardAgentsShown = 50

/** The current state of a company. Its cost grows with the agents and the live runs, and not with the runs that have ended. */
export async function boardOverview(sql: Executor, companyId: CompanyId): Promise<Board> {
  const [counts, agents, queue, spend, needsAttention] = await Promise.all([
    countAgents(sql, companyId),
    boardAgents(sql, companyId, boardAgentsShown),
    queueOf(sql, companyId),
    spendOf(sql, companyId),
    attention(sql, companyId),
  ])
  return { counts, agents, queue, spend, attention: needsAttention }
}

async function countAgents(sql: Executor, companyId: CompanyId): Promise<Board['counts']> {
  const rows = await drizzleOn(sql)
    .select({ status: agents.status, agents: count() })
    .from(agents)
    .where(eq(agents.companyId, companyId))
    .groupBy(agents.status)
  const counts = { idle: 0, running: 0, error: 0, paused: 0, terminated: 0 }
  for (const row of rows) counts[row.status] = row.agents
  return counts
}

/** By an index of statuses: an agent has at most one queued run, and few that are running. */
async function queueOf(sql: Executor, companyId: CompanyId): Promise<Board['queue']> {
  const { status, createdAt } = heartbeatRuns
  const rows = await drizzleOn(sql)
    .select({ status, runs: count(), oldestAt: min(createdAt) })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.companyId, companyId), inArray(status, liveRunStatuses)))
    .groupBy(status)
  const running = rows.find((row) => row.status === 'running')
  const queued = rows.find((row) => row.status === 'queued')
  return { running: running?.runs ?? 0, queued: queued?.runs ?? 0, oldestQueuedAt: queued?.oldestAt ?? null }
}

async function spendOf(sql: Executor, companyId: CompanyId): Promise<Board['spend']> {
  const { at, ...spend } = await companyBudget(sql, companyId)
  return { ...spend, projectedMicros: projectedMicros(spend.spentMicros, at) }
}
