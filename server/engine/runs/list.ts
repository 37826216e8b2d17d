import { and, desc, eq, gte, lt, ne, type SQL } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { rowBefore } from '@/db/expressions'
import { agents, heartbeatRuns } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { RunStatus } from '@/server/domain/run-status'
import type { WakeupSource } from '@/server/domain/wakeup-status'
import { foundBy, newestOf, type Runs } from './search'
import { type RunSummary, runSummaryColumns } from './view'

export type RunFilter = {
  companyId: CompanyId
  agentId?: string
  status?: RunStatus
  source?: WakeupSource
  /** `createdAt` at or after this. */
  since?: Date
  /** `createdAt` before this. */
  until?: Date
  /** Words of the error, a part of the agent's name, or the end of the run's id. */
  text?: string
  limit: number
  cursor?: PageCursor | null
}

export type ListedRun = RunSummary & { agentName: string }

/** Newest first. The cost grows with the page, not with the number of runs: every filter has its index. */
export async function listRuns(sql: Executor, filter: RunFilter): Promise<Page<ListedRun>> {
  const text = filter.text?.replaceAll('\0', '').trim()
  const runs: Runs = { condition: conditionOf(filter), limit: filter.limit + 1 }
  const found = (text ? foundBy(sql, { text, companyId: filter.companyId, runs }) : newestOf(sql, runs)).as('found')
  const rows = await drizzleOn(sql)
    .select({ ...runSummaryColumns, agentName: agents.name })
    .from(found)
    .innerJoin(heartbeatRuns, eq(heartbeatRuns.id, found.id))
    .innerJoin(agents, eq(agents.id, heartbeatRuns.agentId))
    .orderBy(desc(heartbeatRuns.createdAt), desc(heartbeatRuns.id))
    .limit(runs.limit)
  return pageOf(rows, filter.limit, (run) => run.createdAt)
}

function conditionOf({ companyId, agentId, status, source, since, until, cursor }: RunFilter): SQL | undefined {
  const runs = heartbeatRuns
  return and(
    eq(runs.companyId, companyId),
    agentId ? eq(runs.agentId, agentId) : undefined,
    status ? eq(runs.status, status) : undefined,
    source ? ofSource(source) : undefined,
    since ? gte(runs.createdAt, since) : undefined,
    until ? lt(runs.createdAt, until) : undefined,
    cursor ? rowBefore([runs.createdAt, runs.id], [cursor.at, cursor.id]) : undefined,
  )
}

/** Most runs are a timer's: the index of sources excludes those, and is used only if the query excludes them too. */
function ofSource(source: WakeupSource) {
  const isOfSource = eq(heartbeatRuns.invocationSource, source)
  return source === 'timer' ? isOfSource : and(ne(heartbeatRuns.invocationSource, 'timer').inlineParams(), isOfSource)
}
