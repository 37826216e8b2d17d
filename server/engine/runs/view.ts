import { sql } from 'drizzle-orm'
import { coalesce } from '@/db/expressions'
import { heartbeatRuns } from '@/db/schema'
import type { RunContext } from '@/server/domain/run-context'
import { readableContext } from './context'

export type RunRow = typeof heartbeatRuns.$inferSelect

/** The fields of a run in lists: without large fields, and without those that only the engine reads. */
export const runSummaryColumns = {
  id: heartbeatRuns.id,
  companyId: heartbeatRuns.companyId,
  agentId: heartbeatRuns.agentId,
  status: heartbeatRuns.status,
  invocationSource: heartbeatRuns.invocationSource,
  triggerDetail: heartbeatRuns.triggerDetail,
  adapterType: heartbeatRuns.adapterType,
  wakeupRequestId: heartbeatRuns.wakeupRequestId,
  retryOfRunId: heartbeatRuns.retryOfRunId,
  wakeDepth: heartbeatRuns.wakeDepth,
  serverId: heartbeatRuns.workerId,
  createdAt: heartbeatRuns.createdAt,
  startedAt: heartbeatRuns.startedAt,
  finishedAt: heartbeatRuns.finishedAt,
  cancelRequestedAt: heartbeatRuns.cancelRequestedAt,
  cancelReason: heartbeatRuns.cancelReason,
  error: heartbeatRuns.error,
  errorCode: heartbeatRuns.errorCode,
  exitCode: heartbeatRuns.exitCode,
  signal: heartbeatRuns.signal,
  survivorsKilled: heartbeatRuns.survivorsKilled,
  processPid: heartbeatRuns.processPid,
  sessionIdBefore: heartbeatRuns.sessionIdBefore,
  sessionIdAfter: heartbeatRuns.sessionIdAfter,
  logRef: heartbeatRuns.logRef,
  logBytes: heartbeatRuns.logBytes,
  logSha256: heartbeatRuns.logSha256,
  logTruncatedBytes: heartbeatRuns.logTruncatedBytes,
  logRemovedAt: heartbeatRuns.logRemovedAt,
  fieldsRemovedAt: heartbeatRuns.fieldsRemovedAt,
}

/** The fields of a run in the API. A context that is too large to be read is replaced by an empty one. */
export const runColumns = {
  ...runSummaryColumns,
  usageJson: heartbeatRuns.usageJson,
  resultJson: heartbeatRuns.resultJson,
  stdoutExcerpt: heartbeatRuns.stdoutExcerpt,
  contextSnapshot: coalesce(readableContext, sql<RunContext>`'{"wakeups":[]}'`),
}

type Fields<Columns> = Pick<RunRow, keyof Columns & keyof RunRow> & { serverId: RunRow['workerId'] }
export type RunSummary = Fields<typeof runSummaryColumns>
export type Run = Fields<typeof runColumns>
