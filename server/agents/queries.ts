import { and, eq, getTableColumns } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce } from '@/db/expressions'
import { agentRuntimeState, agentSpend, agents } from '@/db/schema'
import { notFound } from '@/server/domain/errors'
import { currentMonth } from '@/server/engine/charges/budget'
import { isTimerEnded } from '@/server/live/timer-ended'

const {
  maxConcurrentRuns: _maxConcurrentRuns,
  lastRunFinishedAt: _lastRunFinishedAt,
  ...columns
} = getTableColumns(agents)

export type Agent = Pick<typeof agents.$inferSelect, keyof typeof columns> & {
  spentMonthlyMicros: number
  /** It has a timer that is on, and whose cron has no further firing. */
  timerEnded: boolean
}

export async function getAgent(sql: Executor, agentId: string): Promise<Agent> {
  const [agent] = await drizzleOn(sql).select(agentColumns(sql)).from(agents).where(eq(agents.id, agentId))
  if (!agent) throw notFound('agent')
  return agent
}

/** What an `Agent` consists of, for a select from `agents`. */
export function agentColumns(sql: Executor) {
  return { ...columns, timerEnded: isTimerEnded('agents'), spentMonthlyMicros: spentMonthlyMicros(sql) }
}

export function spentMonthlyMicros(sql: Executor) {
  const spend = drizzleOn(sql)
    .select({ costMicros: agentSpend.costMicros })
    .from(agentSpend)
    .where(and(eq(agentSpend.agentId, agents.id), eq(agentSpend.month, currentMonth())))
  return coalesce(spend, 0)
}

const runtimeStateColumns = {
  agentId: agentRuntimeState.agentId,
  sessionId: agentRuntimeState.sessionId,
  lastRunId: agentRuntimeState.lastRunId,
  lastRunStatus: agentRuntimeState.lastRunStatus,
  lastError: agentRuntimeState.lastError,
  totalInputTokens: agentRuntimeState.totalInputTokens,
  totalOutputTokens: agentRuntimeState.totalOutputTokens,
  totalCachedInputTokens: agentRuntimeState.totalCachedInputTokens,
  totalCostMicros: agentRuntimeState.totalCostMicros,
}

export type RuntimeState = Pick<typeof agentRuntimeState.$inferSelect, keyof typeof runtimeStateColumns>

export async function getRuntimeState(sql: Executor, agentId: string): Promise<RuntimeState> {
  const [state] = await drizzleOn(sql)
    .select(runtimeStateColumns)
    .from(agentRuntimeState)
    .where(eq(agentRuntimeState.agentId, agentId))
  if (!state) throw notFound('agent')
  return state
}
