import { and, desc, eq, sql } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import type { SessionUsage } from '@/server/domain/run-report'
import { sessionUsageSchema } from '@/server/domain/run-report-schema'

const mostRuns = 5

const total = sql<unknown>`${heartbeatRuns.usageJson} -> 'sessionTotal'`
const isReported = sql`jsonb_typeof(${total}) = 'object'`

/**
 * The total usage of an agent's session as reported by its last runs, also failed ones, newest first: programs that report
 * the total of a session are charged by the difference. Several, because runs of one session may overlap.
 */
export async function sessionUsage(sql: RawSql, agentId: string, sessionId: string): Promise<SessionUsage[]> {
  const { sessionIdAfter, finishedAt } = heartbeatRuns
  const runs = await drizzleOn(sql)
    .select({ total })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.agentId, agentId), eq(sessionIdAfter, sessionId), isReported))
    .orderBy(desc(finishedAt))
    .limit(mostRuns)
  return runs.flatMap(({ total }) => sessionUsageSchema.safeParse(total).data ?? [])
}
