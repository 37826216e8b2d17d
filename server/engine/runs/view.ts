import type { Executor } from '@/db/client'
import type { heartbeatRuns } from '@/db/schema'
import { readableContext } from './context'

export type RunRow = typeof heartbeatRuns.$inferSelect

type Internal =
  | 'queuePosition'
  | 'slot'
  | 'companySlot'
  | 'lostAttempts'
  | 'processStartedTicks'
  | 'sessionVersion'
  | 'cancelCode'
  | 'lastEventSeq'
  | 'notesWritten'
  | 'isContextWhole'
  | 'wakeupCount'
  | 'wakeupBytes'
type Large = 'contextSnapshot' | 'resultJson' | 'usageJson' | 'stdoutExcerpt'

/** A run as the API gives it. */
export type Run = Omit<RunRow, Internal>
/** A run as lists give it: without its large fields. */
export type RunSummary = Omit<Run, Large>

/** Of the row `r`. */
export function runSummaryColumns(sql: Executor) {
  return sql`r.id, r.company_id, r.agent_id, r.status, r.invocation_source, r.trigger_detail, r.adapter_type,
    r.wakeup_request_id, r.retry_of_run_id, r.wake_depth, r.server_id, r.created_at, r.started_at, r.finished_at,
    r.cancel_requested_at, r.cancel_reason, r.error, r.error_code, r.exit_code, r.signal, r.survivors_killed,
    r.process_pid, r.session_id_before, r.session_id_after, r.log_ref, r.log_bytes, r.log_sha256,
    r.log_truncated_bytes, r.log_removed_at, r.fields_removed_at`
}

/** Of the row `r`. A context that is too large to be read is an empty one. */
export function runColumns(sql: Executor) {
  return sql`${runSummaryColumns(sql)}, r.usage_json, r.result_json, r.stdout_excerpt,
    coalesce(${readableContext(sql, sql`r`)}, '{"wakeups":[]}') as context_snapshot`
}
