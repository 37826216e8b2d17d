export const runStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'timed_out'] as const
export type RunStatus = (typeof runStatuses)[number]

export const finalRunStatuses = ['succeeded', 'failed', 'cancelled', 'timed_out'] as const satisfies RunStatus[]
export type FinalRunStatus = (typeof finalRunStatuses)[number]

export const liveRunStatuses = ['queued', 'running'] as const satisfies RunStatus[]

/** The legal transitions. A run never goes back, and a final status never changes. */
export const runMoves = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['succeeded', 'failed', 'cancelled', 'timed_out'],
  succeeded: [],
  failed: [],
  cancelled: [],
  timed_out: [],
} as const satisfies Record<RunStatus, readonly RunStatus[]>

export function isFinal(status: RunStatus): status is FinalRunStatus {
  return runMoves[status].length === 0
}

export const runErrorCodes = [
  'agent_not_found',
  'adapter_not_installed',
  'invalid_config',
  'invalid_working_directory',
  'spawn_failed',
  'nonzero_exit',
  'killed_by_signal',
  'output_parse_error',
  'resume_session_invalid',
  'adapter_failed',
  'timeout',
  'cancelled',
  'budget_exceeded',
  'runner_lost',
  'server_stopped',
] as const
export type RunErrorCode = (typeof runErrorCodes)[number]

export const runEventTypes = ['lifecycle', 'adapter.invoke', 'usage', 'warning', 'error'] as const
export type RunEventType = (typeof runEventTypes)[number]

export const runEventLevels = ['info', 'warn', 'error'] as const
export type RunEventLevel = (typeof runEventLevels)[number]

export const logStreams = ['stdout', 'stderr'] as const
export type LogStream = (typeof logStreams)[number]
