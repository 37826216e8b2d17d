import { budgetTextOf, microsOfBudgetText } from '@/app/_components/budget-text'
import type { FieldError } from '@/app/_trpc/api-error'
import type { Agent } from '@/app/_trpc/client'
import type { AdapterField } from './adapter-fields'
import { configOf, type Draft, draftOf } from './draft'
import { type HeartbeatDraft, heartbeatDraftOf, heartbeatOf } from './heartbeat-draft'

export type AgentDraft = {
  name: string
  adapterType: string
  config: Draft
  heartbeat: HeartbeatDraft
  /** Dollars per month, as typed. Empty means no budget. */
  budget: string
}

type Stored = Pick<Agent, 'name' | 'adapterType' | 'adapterConfig' | 'runtimeConfig' | 'budgetMonthlyMicros'>

export function agentDraftOf(stored: Stored | null, adapterType: string, fields: readonly AdapterField[]): AgentDraft {
  return {
    name: stored?.name ?? '',
    adapterType,
    config: draftOf(fields, stored?.adapterType === adapterType ? stored.adapterConfig : {}),
    heartbeat: heartbeatDraftOf(stored?.runtimeConfig.heartbeat ?? {}),
    budget: budgetTextOf(stored?.budgetMonthlyMicros ?? null),
  }
}

/** The draft as the API takes it, or the first error that prevents it from being sent. */
export function agentOf(draft: AgentDraft, fields: readonly AdapterField[]) {
  const read = configOf(fields, draft.config)
  if (!read.ok) return invalid(`adapterConfig.${read.field}`, read.message)
  const budgetMonthlyMicros = microsOfBudgetText(draft.budget)
  if (budgetMonthlyMicros === undefined) return invalid('budgetMonthlyMicros', 'must be an amount in dollars')
  const heartbeat = heartbeatOf(draft.heartbeat)
  const notANumber = Object.entries(heartbeat).find(([, value]) => Number.isNaN(value))
  if (notANumber) return invalid(`runtimeConfig.heartbeat.${notANumber[0]}`, 'must be a whole number')
  return {
    error: null,
    agent: {
      name: draft.name.trim(),
      adapterType: draft.adapterType,
      adapterConfig: read.config,
      runtimeConfig: { heartbeat },
      budgetMonthlyMicros,
    },
  }
}

function invalid(path: string, message: string): { error: FieldError; agent: null } {
  return { error: { path, message }, agent: null }
}
