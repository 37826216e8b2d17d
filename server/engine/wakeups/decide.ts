import type { AgentStatus, CompanyStatus } from '@/server/domain/agent-status'
import type { HeartbeatPolicy } from '@/server/domain/policy'
import type { SkipReason, TriggerDetail, WakeupSource } from '@/server/domain/wakeup-status'

/** Facts about the agent, read while its row is locked: they do not change before the verdict is written. */
export type Facts = {
  agentStatus: AgentStatus
  companyStatus: CompanyStatus
  policy: HeartbeatPolicy
  overBudget: boolean
  secondsSinceLastRun: number | null
  /** `isFull`: it has reached its limit of wakeups or bytes. */
  queuedRun: { id: string; isFull: boolean } | null
  runningRunIds: string[]
}

export type Verdict =
  | { kind: 'skip'; reason: SkipReason }
  | { kind: 'merge'; runId: string }
  | { kind: 'queue' }
  | { kind: 'join'; runId: string }

/** Decides on a wakeup: a pure function of the facts. */
export function decide(facts: Facts, wakeup: { source: WakeupSource; triggerDetail: TriggerDetail }): Verdict {
  const reason = skipReason(facts, wakeup)
  if (reason) return { kind: 'skip', reason }
  if (facts.queuedRun?.isFull) return { kind: 'skip', reason: 'queue.full' }
  if (facts.queuedRun) return { kind: 'merge', runId: facts.queuedRun.id }
  const newest = facts.runningRunIds[0]
  if (newest === undefined || facts.runningRunIds.length < facts.policy.maxConcurrentRuns) return { kind: 'queue' }
  if (wakeup.source !== 'timer' && facts.policy.whenRunning === 'follow_up') return { kind: 'queue' }
  return { kind: 'join', runId: newest }
}

function skipReason(facts: Facts, wakeup: { source: WakeupSource; triggerDetail: TriggerDetail }): SkipReason | null {
  if (facts.agentStatus === 'terminated') return 'agent.terminated'
  if (facts.companyStatus === 'archived') return 'company.archived'
  if (facts.agentStatus === 'paused') return 'agent.paused'
  if (facts.companyStatus === 'paused') return 'company.paused'
  const disabled = disabledReason(facts.policy, wakeup)
  if (disabled) return disabled
  if (facts.overBudget) return 'budget.exceeded'
  return isCoolingDown(facts, wakeup.triggerDetail) ? 'heartbeat.cooldown' : null
}

function disabledReason(
  policy: HeartbeatPolicy,
  wakeup: { source: WakeupSource; triggerDetail: TriggerDetail },
): SkipReason | null {
  switch (wakeup.source) {
    case 'timer':
      return policy.enabled ? null : 'heartbeat.disabled'
    case 'assignment':
      return policy.wakeOnAssignment ? null : 'heartbeat.wakeOnAssignment.disabled'
    case 'automation':
      return policy.wakeOnAutomation ? null : 'heartbeat.wakeOnAutomation.disabled'
    case 'on_demand':
      return policy.wakeOnOnDemand || wakeup.triggerDetail === 'manual' ? null : 'heartbeat.wakeOnOnDemand.disabled'
  }
}

/** The cooldown applies only to an idle agent: a queued or running run takes the wakeup without a new start. */
function isCoolingDown(facts: Facts, triggerDetail: TriggerDetail): boolean {
  if (triggerDetail === 'manual' || facts.secondsSinceLastRun === null) return false
  if (facts.queuedRun || facts.runningRunIds.length > 0) return false
  return facts.secondsSinceLastRun < facts.policy.cooldownSec
}
