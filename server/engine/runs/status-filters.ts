import { eq, inArray } from 'drizzle-orm'
import { heartbeatRuns } from '@/db/schema'
import { liveRunStatuses } from '@/server/domain/run-status'

// The statuses are constants of the statement: a plan that is made for any parameter finds no partial index.

export const isQueued = eq(heartbeatRuns.status, 'queued').inlineParams()
export const isRunning = eq(heartbeatRuns.status, 'running').inlineParams()
export const isLive = inArray(heartbeatRuns.status, [...liveRunStatuses]).inlineParams()
