'use client'

import { debounce, parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { type AgentSort, agentSorts, agentStatuses } from '@/server/domain/agent-status'

const parsers = {
  text: parseAsString.withOptions({ limitUrlUpdates: debounce(250) }),
  status: parseAsStringLiteral(agentStatuses),
  adapter: parseAsString,
  sort: parseAsStringLiteral(agentSorts).withDefault('created'),
  down: parseAsBoolean.withDefault(true),
}

export type AgentFilters = ReturnType<typeof useAgentFilters>

/** What the page's address asks for, and the input of `agent.list` that says the same. */
export function useAgentFilters() {
  const [chosen, choose] = useQueryStates(parsers, { history: 'replace' })
  const { text, status, adapter, sort, down } = chosen
  const narrowing = {
    ...(text?.trim() && { text: text.trim() }),
    ...(status && { status }),
    ...(adapter && { adapterType: adapter }),
  }
  return {
    chosen,
    choose,
    input: { ...narrowing, sort, descending: down },
    isFiltered: Object.keys(narrowing).length > 0,
    clear: () => choose({ text: null, status: null, adapter: null }),
    /** By this column; once more turns it round. What is newest, most or worst comes first. */
    sortBy: (next: AgentSort) => choose({ sort: next, down: next === sort ? !down : mostFirst.includes(next) }),
  }
}

const mostFirst: readonly AgentSort[] = ['created', 'lastHeartbeat', 'spent']
