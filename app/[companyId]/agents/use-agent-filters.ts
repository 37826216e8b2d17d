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

/** The filters in the page's URL, and the matching input of `agent.list`. */
export function useAgentFilters() {
  const [chosen, choose] = useQueryStates(parsers, { history: 'replace' })
  const { text, status, adapter, sort, down } = chosen
  const filters = {
    ...(text?.trim() && { text: text.trim() }),
    ...(status && { status }),
    ...(adapter && { adapterType: adapter }),
  }
  return {
    chosen,
    choose,
    input: { ...filters, sort, descending: down },
    isFiltered: Object.keys(filters).length > 0,
    clear: () => choose({ text: null, status: null, adapter: null }),
    /** Sorts by a column, and in the other direction if it is sorted by that column already. */
    sortBy: (next: AgentSort) => choose({ sort: next, down: next === sort ? !down : descendingFirst.includes(next) }),
  }
}

const descendingFirst: readonly AgentSort[] = ['created', 'lastHeartbeat', 'spent']
