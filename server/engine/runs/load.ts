import { and, eq, type Placeholder } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn, prepared } from '@/db/drizzle'
import { agents, companies, heartbeatRuns } from '@/db/schema'
import { StartupError } from '@/server/domain/startup-error'
import type { HeldRun } from './claim'
import { largestContextBytes, readableContext } from './context'
import type { RunRow } from './view'

/** A run with what its execution needs. */
export type ClaimedRun = HeldRun &
  Pick<RunRow, 'invocationSource' | 'contextSnapshot' | 'sessionIdBefore' | 'startedAt'> &
  Pick<typeof agents.$inferSelect, 'adapterType' | 'adapterConfig'> & { agentName: string; companyName: string }

/**
 * Loads a run that the worker `workerId` is about to execute, one at a time, as its context may be large; null if the
 * worker does not hold it, or it has ended. A context that wakeups were merged into is assembled and stored here, once.
 */
export async function loadRun(sql: RawSql, workerId: string, runId: string): Promise<ClaimedRun | null> {
  const [found] = await findRun(sql, { runId, workerId })
  if (!found) return null
  const { run, agent, companyName, contextSnapshot } = found
  if (!contextSnapshot) {
    throw new StartupError(`The context of this run is larger than ${largestContextBytes / 1024 / 1024} MiB.`)
  }
  if (!found.isContextWhole) {
    await drizzleOn(sql)
      .update(heartbeatRuns)
      .set({ contextSnapshot, isContextWhole: true })
      .where(isHeld({ runId, workerId }))
  }
  return { ...run, ...agent, companyName, contextSnapshot }
}

const findRun = prepared(['runId', 'workerId'], (db, given) => {
  const { id, agentId, companyId, invocationSource, sessionIdBefore, startedAt, isContextWhole } = heartbeatRuns
  const { adapterType, adapterConfig } = agents
  return db
    .select({
      run: { id, agentId, companyId, invocationSource, sessionIdBefore, startedAt },
      agent: { agentName: agents.name, adapterType, adapterConfig },
      companyName: companies.name,
      contextSnapshot: readableContext,
      isContextWhole,
    })
    .from(heartbeatRuns)
    .innerJoin(agents, eq(agents.id, agentId))
    .innerJoin(companies, eq(companies.id, companyId))
    .where(isHeld(given))
})

function isHeld({ runId, workerId }: Record<'runId' | 'workerId', string | Placeholder>) {
  const { id, workerId: holder, status } = heartbeatRuns
  return and(eq(id, runId), eq(holder, workerId), eq(status, 'running'))
}
