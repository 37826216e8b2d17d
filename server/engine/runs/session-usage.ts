import { and, desc, eq, sql } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import type { SessionUsage } from '@/server/domain/run-report'
import { sessionUsageSchema } from '@/server/domain/run-report-schema'

const looksBack = 5

const total = sql<unknown>`${heartbeatRuns.usageJson} -> 'sessionTotal'`
const isReported = sql`jsonb_typeof(${total}) = 'object'`

/**
 * What an agent's session had used in all, as the last of its runs reported it, failed ones too, the newest first:
 * programs that tell the total of a session are booked by the difference. Several, as runs of one session may overlap.
 */
export async function sessionUsage(sql: RawSql, agentId: string, sessionId: string): Promise<SessionUsage[]> {
  const { sessionIdAfter, finishedAt } = heartbeatRuns
  const runs = await drizzleOn(sql)
    .select({ total })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.agentId, agentId), eq(sessionIdAfter, sessionId), isReported))
    .orderBy(desc(finishedAt))
    .limit(looksBack)
  return runs.flatMap(({ total }) => sessionUsageSchema.safeParse(total).data ?? [])
}
