import type { heartbeatRuns } from '@/db/schema'

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
type Large = 'contextSnapshot' | 'resultJson' | 'usageJson' | 'stdoutExcerpt'

/** A run as the API gives it. */
export type Run = Omit<RunRow, Internal>
/** A run as lists give it: without its large fields. */
export type RunSummary = Omit<Run, Large>

export function runView(row: RunRow): Run {
  const {
    queuePosition,
    slot,
    companySlot,
    lostAttempts,
    processStartedTicks,
    sessionVersion,
    cancelCode,
    lastEventSeq,
    notesWritten,
    ...run
  } = row
  return run
}

export function runSummary(row: RunRow): RunSummary {
  const { contextSnapshot, resultJson, usageJson, stdoutExcerpt, ...summary } = runView(row)
  return summary
}
