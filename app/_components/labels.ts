import type { RunErrorCode, RunStatus } from '@/server/domain/run-status'
import {
  type SkipReason,
  skipSentences,
  type TriggerDetail,
  type WakeupOutcome,
  type WakeupSource,
} from '@/server/domain/wakeup-status'

/** What triggered a wakeup, in a few words. */
export function triggerLabel(source: WakeupSource, triggerDetail: TriggerDetail): string {
  if (source === 'on_demand') return onDemand[triggerDetail]
  return sources[source]
}

const sources = { timer: 'Timer', assignment: 'Assignment', automation: 'Automation' } as const
const onDemand = { manual: 'Manual', ping: 'API call', callback: 'Another run', system: 'System' } as const

export function skipMessage(reason: SkipReason | null): string {
  return reason ? (skipSentences[reason] ?? reason) : ''
}

/** A short label for the reason that a run did not succeed. */
export const errorLabels = {
  agent_not_found: 'agent not found',
  adapter_not_installed: 'adapter not installed',
  invalid_config: 'invalid config',
  invalid_working_directory: 'working directory',
  spawn_failed: 'did not start',
  nonzero_exit: 'exit code',
  killed_by_signal: 'killed',
  output_parse_error: 'unreadable output',
  resume_session_invalid: 'session not found',
  adapter_failed: 'adapter',
  timeout: 'timeout',
  cancelled: 'cancelled',
  budget_exceeded: 'budget',
  runner_lost: 'runner lost',
  server_stopped: 'server stopped',
} as const satisfies Record<RunErrorCode, string>

type WakeupAnswer = {
  outcome: WakeupOutcome
  wakeup: { skipReason: SkipReason | null }
  run: { status: RunStatus } | null
}

/** Reports the outcome of a wakeup request. */
export function wakeupMessage({ outcome, wakeup, run }: WakeupAnswer): string {
  switch (outcome) {
    case 'queued':
      return 'Woken. Its run is queued.'
    case 'coalesced':
      return run?.status === 'running' ? 'Joined the running run.' : 'Joined the queued run.'
    case 'deduplicated':
      return 'This wakeup was already requested.'
    case 'skipped':
      return skipMessage(wakeup.skipReason)
  }
}
