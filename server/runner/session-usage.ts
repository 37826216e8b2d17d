import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import type { SessionUsage } from '@/server/adapters/adapter'
import { sessionUsage } from '@/server/runs/session-usage'

/**
 * What a session had used, asked until the database answers: a run whose work is done must not fail for that.
 * Nothing also when the life is over, as then nothing is booked.
 */
export async function recallSessionUsage(
  options: { sql: RawSql; isHeld(): boolean },
  agentId: string,
  sessionId: string,
): Promise<SessionUsage[]> {
  for (let pauseMs = 50; options.isHeld(); pauseMs = Math.min(1000, pauseMs * 2)) {
    try {
      return await sessionUsage(options.sql, agentId, sessionId)
    } catch {
      await sleep(pauseMs)
    }
  }
  return []
}
