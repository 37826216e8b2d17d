import type { Executor } from '@/db/client'
import type { agents } from '@/db/schema'
import { thisMonth } from '@/server/costs/budget'
import { notFound } from '@/server/domain/errors'
import { timerEnded } from '@/server/heartbeat/ended'

type AgentRow = typeof agents.$inferSelect
export type Agent = Omit<AgentRow, 'maxConcurrentRuns' | 'lastRunFinishedAt'> & {
  spentMonthlyMicros: number
  /** It has a timer that is on, and whose cron has no further firing. */
  timerEnded: boolean
}

export async function getAgent(sql: Executor, agentId: string): Promise<Agent> {
  const [agent] = await sql<Agent[]>`${selectAgent(sql)} where a.id = ${agentId}`
  if (!agent) throw notFound('agent')
  return agent
}

/** The columns of an `Agent`, from `agents a`. */
export function selectAgent(sql: Executor) {
  return sql`
    select a.id, a.company_id, a.name, a.status, a.status_reason, a.adapter_type, a.adapter_config, a.runtime_config,
      a.budget_monthly_micros, a.last_heartbeat_at, a.next_heartbeat_at, a.failures_in_a_row, a.created_at, a.updated_at,
      ${timerEnded(sql, 'a')} as timer_ended,
      coalesce((select cost_micros from agent_spend s where s.agent_id = a.id and s.month = ${thisMonth(sql)}), 0)
        as spent_monthly_micros
    from agents a`
}

export type RuntimeState = {
  agentId: string
  sessionId: string | null
  lastRunId: string | null
  lastRunStatus: string | null
  lastError: string | null
  totalInputTokens: number
  totalOutputTokens: number
  totalCachedInputTokens: number
  totalCostMicros: number
}

export async function getRuntimeState(sql: Executor, agentId: string): Promise<RuntimeState> {
  const [state] = await sql<RuntimeState[]>`
    select agent_id, session_id, last_run_id, last_run_status, last_error, total_input_tokens, total_output_tokens,
      total_cached_input_tokens, total_cost_micros
    from agent_runtime_state where agent_id = ${agentId}`
  if (!state) throw notFound('agent')
  return state
}
