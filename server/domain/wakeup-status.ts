import type { FinalRunStatus } from './run-status'

export const wakeupSources = ['timer', 'assignment', 'on_demand', 'automation'] as const
export type WakeupSource = (typeof wakeupSources)[number]

export const triggerDetails = ['manual', 'ping', 'callback', 'system'] as const
export type TriggerDetail = (typeof triggerDetails)[number]

export const actorTypes = ['user', 'agent', 'system'] as const
export type ActorType = (typeof actorTypes)[number]

export const wakeupStatuses = [
  'queued',
  'claimed',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'coalesced',
  'skipped',
] as const
export type WakeupStatus = (typeof wakeupStatuses)[number]

/** A queued or claimed wakeup gets the final status of the last run that was created for it. */
export const wakeupStatusOf = {
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  timed_out: 'timed_out',
} as const satisfies Record<FinalRunStatus, WakeupStatus>

export const wakeupOutcomes = ['queued', 'coalesced', 'skipped', 'deduplicated'] as const
export type WakeupOutcome = (typeof wakeupOutcomes)[number]

/** Reasons that only store a skipped wakeup. */
export const quietSkipReasons = [
  'heartbeat.disabled',
  'heartbeat.wakeOnAssignment.disabled',
  'heartbeat.wakeOnAutomation.disabled',
  'heartbeat.wakeOnOnDemand.disabled',
  'heartbeat.cooldown',
] as const
/** Reasons that store a skipped wakeup and also fail the call with CONFLICT. */
export const refusingSkipReasons = [
  'agent.paused',
  'agent.terminated',
  'company.paused',
  'company.archived',
  'budget.exceeded',
  'queue.full',
  'wakeup.too_deep',
  'wakeup.too_many',
] as const
export const skipReasons = [...quietSkipReasons, ...refusingSkipReasons] as const
export type SkipReason = (typeof skipReasons)[number]
export type RefusingSkipReason = (typeof refusingSkipReasons)[number]

export function isRefusing(reason: SkipReason): reason is RefusingSkipReason {
  return (refusingSkipReasons as readonly string[]).includes(reason)
}

/** The message for the operator, with what to do about it. */
export const skipSentences = {
  'heartbeat.disabled':
    'Skipped: the timer of this agent is switched off. Set heartbeat.enabled to true to wake it by timer.',
  'heartbeat.wakeOnAssignment.disabled':
    'Skipped: this agent does not wake on assignments (heartbeat.wakeOnAssignment).',
  'heartbeat.wakeOnAutomation.disabled':
    'Skipped: this agent does not wake on automations (heartbeat.wakeOnAutomation).',
  'heartbeat.wakeOnOnDemand.disabled': 'Skipped: this agent is only woken by hand (heartbeat.wakeOnOnDemand is off).',
  'heartbeat.cooldown': 'Skipped: the agent is cooling down after its last run (heartbeat.cooldownSec).',
  'agent.paused': 'The agent is paused. Resume it to wake it.',
  'agent.terminated': 'The agent is terminated and can not be woken again.',
  'company.paused': 'The company is paused. Set it active to wake its agents.',
  'company.archived': 'The company is archived. Its agents can not be woken.',
  'budget.exceeded': 'The budget of this month is spent. Raise it or wait for the next month.',
  'queue.full':
    'The queued run of this agent carries as many wakeups as it may (1,000, or 8 MiB of payloads and contexts). Wait until it has started.',
  'wakeup.too_deep':
    'Agents have woken each other too many times in a row (REVEILLE_AGENT_WAKE_DEPTH). A person has to wake the next one.',
  'wakeup.too_many':
    'The agents of this company have asked for as many wakeups as they may within an hour (REVEILLE_AGENT_WAKES_PER_HOUR). Try again later.',
} as const satisfies Record<SkipReason, string>
