import { and, asc, desc, eq } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { agents, heartbeatRuns } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import type { RunStatus } from '@/server/domain/run-status'

/** `seconds` is the duration of a run that has started and ended. */
export type Outcomes = { agentId: string; runs: { id: string; status: RunStatus; seconds: number | null }[] }

/** The last runs of each of these agents, oldest first. Agents of other companies are left out. */
export async function recentOutcomes(
  sql: Executor,
  { companyId, agentIds, perAgent }: { companyId: CompanyId; agentIds: string[]; perAgent: number },
): Promise<{ items: Outcomes[] }> {
  const db = drizzleOn(sql)
  const { id, agentId, status, createdAt, startedAt, finishedAt } = heartbeatRuns
  const recent = db
    .select({ id, agentId, status, createdAt, startedAt, finishedAt })
    .from(heartbeatRuns)
    .where(eq(agentId, agents.id))
    .orderBy(desc(createdAt), desc(id))
    .limit(perAgent)
    .as('recent')
  const rows = await db
    .select({
      agentId: agents.id,
      run: { id: recent.id, status: recent.status, startedAt: recent.startedAt, finishedAt: recent.finishedAt },
    })
    .from(agents)
    .leftJoinLateral(recent, eq(recent.agentId, agents.id))
    .where(and(eq(agents.companyId, companyId), equalsAny(agents.id, agentIds)))
    .orderBy(asc(agents.id), asc(recent.createdAt), asc(recent.id))
  const outcomes = new Map<string, Outcomes>()
  for (const { agentId, run } of rows) {
    const ofAgent = outcomes.get(agentId) ?? { agentId, runs: [] }
    outcomes.set(agentId, ofAgent)
    if (run)
      ofAgent.runs.push({ id: run.id, status: run.status, seconds: secondsBetween(run.startedAt, run.finishedAt) })
  }
  return { items: [...outcomes.values()] }
}

function secondsBetween(start: Date | null, end: Date | null): number | null {
  return start && end ? (end.getTime() - start.getTime()) / 1000 : null
}
