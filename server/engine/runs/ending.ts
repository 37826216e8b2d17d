import type { NewRunEvent } from '@/server/domain/run-event'
import type { RunUsage } from '@/server/domain/run-report'
import type { FinalRunStatus, RunErrorCode } from '@/server/domain/run-status'
import type { Charge } from '@/server/engine/charges/book'

/** How a run ended, as its runner, a cancel or the reaper tells it. */
export type Ending = {
  runId: string
  agentId: string
  /** The life that holds the run: no row changes when another does. null: the run is still queued. */
  serverId: string | null
  status: FinalRunStatus
  errorCode: RunErrorCode | null
  /** A sentence for people; null on success. */
  error: string | null
  exitCode?: number | null
  signal?: string | null
  survivorsKilled?: number | null
  process?: { pid: number; startedTicks: string | null } | null
  /** What the program reported; absent when it never ran. */
  report?: {
    summary: string | null
    result: unknown
    usage: RunUsage | null
    sessionId: string | null
    clearSession: boolean
  } | null
  charges?: Charge[]
  /** `unknown`: it lies where nothing can reach it now; whoever keeps it says later what it is. */
  log?: { ref: string; bytes: number; sha256: string; truncatedBytes: number; stdoutExcerpt: string } | 'unknown' | null
  events?: NewRunEvent[]
  /** Asks for another attempt: allowed after a lost runner by policy, after a stopped server always. */
  retry?: 'runner_lost' | 'server_stopped'
}

export type Ended = { runId: string; agentId: string; status: FinalRunStatus; retryRunId: string | null }
