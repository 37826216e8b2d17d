import { eq, inArray } from 'drizzle-orm'
import { heartbeatRuns } from '@/db/schema'
import { liveRunStatuses } from '@/server/domain/run-status'

// The statuses are constants in the SQL text: a generic plan with parameters would not use the partial indexes.

export const isQueued = eq(heartbeatRuns.status, 'queued').inlineParams()
export const isRunning = eq(heartbeatRuns.status, 'running').inlineParams()
export const isLive = inArray(heartbeatRuns.status, [...liveRunStatuses]).inlineParams()
