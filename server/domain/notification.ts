/** The kinds of notifications that a company can configure. */
export const ruleKinds = [
  'run_failed',
  'agent_failing',
  'budget_near',
  'budget_spent',
  'server_lost',
  'run_silent',
] as const
export type RuleKind = (typeof ruleKinds)[number]

export const notificationKinds = [...ruleKinds, 'test'] as const
export type NotificationKind = (typeof notificationKinds)[number]

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** One delivery attempt: `status` is the HTTP status of the response, null without one. */
export type DeliveryAttempt = { at: string; ms: number; status: number | null; error: string | null }

export type Rule = { kind: RuleKind; threshold: number | null; toBrowser: boolean; toWebhook: boolean }

type Threshold = { default: number; min: number; max: number }

/** The default rules; `threshold` is null for kinds without one. */
export const ruleDefaults = {
  run_failed: { threshold: null, toBrowser: false, toWebhook: false },
  agent_failing: { threshold: { default: 3, min: 2, max: 100 }, toBrowser: true, toWebhook: true },
  budget_near: { threshold: { default: 80, min: 1, max: 99 }, toBrowser: true, toWebhook: true },
  budget_spent: { threshold: null, toBrowser: true, toWebhook: true },
  server_lost: { threshold: null, toBrowser: true, toWebhook: true },
  run_silent: { threshold: { default: 15, min: 5, max: 1440 }, toBrowser: true, toWebhook: true },
} as const satisfies Record<RuleKind, { threshold: Threshold | null; toBrowser: boolean; toWebhook: boolean }>

/** A run without output for this long counts as silent. */
export const silentAfterMs = 5 * 60_000

/** Milliseconds between attempts; after the last one the delivery has failed. */
export const retryDelaysMs = [10_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 21_600_000] as const
