import type { NewRunEvent } from '@/server/domain/run-event'
import type { RunUsage } from '@/server/domain/run-report'
import type { FinalRunStatus, RunErrorCode } from '@/server/domain/run-status'
import type { Charge } from '@/server/engine/charges/book'

/** How a run ended, as reported by its runner, a cancel or the reaper. */
export type Ending = {
  runId: string
  agentId: string
  /** The worker that holds the run: if another one does, no row changes. null: the run is still queued. */
  workerId: string | null
  status: FinalRunStatus
  errorCode: RunErrorCode | null
  /** A sentence for people; null on success. */
  error: string | null
  exitCode?: number | null
  signal?: string | null
  survivorsKilled?: number | null
  process?: { pid: number; startedTicks: string | null } | null
  /** What the program reported; absent if it never ran. */
  report?: {
    summary: string | null
    result: unknown
    usage: RunUsage | null
    sessionId: string | null
    clearSession: boolean
  } | null
  charges?: Charge[]
  /** `unknown`: the log cannot be reached now; the server that stores it records its size later. */
  log?: { ref: string; bytes: number; sha256: string; truncatedBytes: number; stdoutExcerpt: string } | 'unknown' | null
  events?: NewRunEvent[]
  /** Asks for a retry: after a lost runner if the policy allows it, after a stopped server always. */
  retry?: 'runner_lost' | 'server_stopped'
}

export type Ended = { runId: string; agentId: string; status: FinalRunStatus; retryRunId: string | null }
