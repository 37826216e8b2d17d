import type { RunEventPayload } from '@/server/domain/run-event'
import type { RunResult } from '@/server/domain/run-report'
import type { FinalRunStatus } from '@/server/domain/run-status'
import { storable, storableText } from '@/server/domain/storable'
import { wakeupStatusOf } from '@/server/domain/wakeup-status'
import type { Booking } from '@/server/engine/charges/book'
import type { Ending } from './ending'
import { storableEvents } from './events'

/** An ending as the statement that writes it reads it, with the warnings of its bookings and its final event. */
export function endingRow(ending: Ending & { retrying?: boolean }, bookings: Booking[]) {
  const warnings = bookings.find((booking) => booking.agentId === ending.agentId)?.events ?? []
  const error = ending.error === null ? null : storableText(ending.error)
  // The reason of a stop is in the run's row: the statement that ends the run adds it.
  const isStopped = ending.errorCode === 'cancelled' || ending.errorCode === 'budget_exceeded'
  const payload: RunEventPayload<'lifecycle'> = {
    status: ending.status,
    exitCode: ending.exitCode ?? null,
    signal: ending.signal ?? null,
    survivorsKilled: ending.survivorsKilled ?? 0,
    ...(ending.errorCode ? { errorCode: ending.errorCode } : {}),
  }
  const final = {
    eventType: 'lifecycle',
    level: ending.status === 'succeeded' ? 'info' : 'error',
    message: isStopped ? null : (error ?? finalMessages[ending.status]),
    payload,
  }
  const { report } = ending
  const log = ending.log === 'unknown' ? null : ending.log
  const isLogKnown = ending.log !== 'unknown'
  return {
    run_id: ending.runId,
    server_id: ending.workerId,
    status: ending.status,
    wakeup_status: wakeupStatusOf[ending.status],
    error_code: ending.errorCode,
    error,
    exit_code: ending.exitCode ?? null,
    signal: ending.signal ?? null,
    survivors: ending.survivorsKilled ?? null,
    pid: ending.process?.pid ?? null,
    ticks: ending.process?.startedTicks ?? null,
    session_after: report?.sessionId ? storableText(report.sessionId) : null,
    clear_session: report?.clearSession ?? false,
    usage: storable(report?.usage ?? null),
    result: report ? resultOf(report) : null,
    log_ref: log?.ref ?? null,
    log_bytes: isLogKnown ? (log?.bytes ?? 0) : null,
    log_sha256: isLogKnown ? (log?.sha256 ?? emptySha256) : null,
    log_truncated: isLogKnown ? (log?.truncatedBytes ?? 0) : null,
    excerpt: log ? storableText(log.stdoutExcerpt) : null,
    retry: ending.retrying ? (ending.retry ?? null) : null,
    events: [...storableEvents([...(ending.events ?? []), ...warnings]), final],
  }
}

function resultOf({ summary, result }: NonNullable<Ending['report']>): RunResult {
  return storable({ summary, result: result ?? null })
}

const finalMessages = {
  succeeded: 'Succeeded.',
  failed: 'Failed.',
  cancelled: 'Cancelled.',
  timed_out: 'Timed out.',
} as const satisfies Record<FinalRunStatus, string>

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
