import type { RuleKind } from '@/server/domain/notification'

/** What each rule reports, and the words around its threshold where it has one. */
export const ruleLabels = {
  run_failed: { label: 'A run failed or timed out', before: null, after: null },
  agent_failing: { label: 'An agent failed several times in a row', before: 'after', after: 'failures' },
  budget_near: { label: 'A budget is nearly spent', before: 'at', after: '%' },
  budget_spent: { label: 'A budget is spent', before: null, after: null },
  server_lost: { label: 'A server was lost', before: null, after: null },
  run_silent: { label: 'A run has written nothing for a while', before: 'for', after: 'minutes' },
} as const satisfies Record<RuleKind, { label: string; before: string | null; after: string | null }>
