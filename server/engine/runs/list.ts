import type { Executor } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { RunStatus } from '@/server/domain/run-status'
import type { WakeupSource } from '@/server/domain/wakeup-status'
import { foundBy } from './search'
import { type RunSummary, runSummaryColumns } from './view'

export type RunFilter = {
  companyId: CompanyId
  agentId?: string
  status?: RunStatus
  source?: WakeupSource
  /** `createdAt` from here on. */
  since?: Date
  /** `createdAt` before. */
  until?: Date
  /** Words of the error, a part of the agent's name, or the end of the run's id. */
  text?: string
  limit: number
  cursor?: PageCursor | null
}

export type ListedRun = RunSummary & { agentName: string }

/** Newest first. The cost grows with the page, not with the runs there are: every filter has its index. */
export async function listRuns(sql: Executor, filter: RunFilter): Promise<Page<ListedRun>> {
  const rows = await sql<ListedRun[]>`
    select ${runSummaryColumns(sql)}, a.name as agent_name
    from (${pageOfRuns(sql, filter)}) r join agents a on a.id = r.agent_id
    order by r.created_at desc, r.id desc`
  return pageOf(rows, filter.limit, (run) => run.createdAt)
}

function pageOfRuns(sql: Executor, filter: RunFilter) {
  const text = filter.text?.replaceAll('\0', '').trim()
  const newest = sql`order by created_at desc, id desc limit ${filter.limit + 1}`
  if (!text) return sql`select * from heartbeat_runs where ${passes(sql, filter)} ${newest}`
  const found = foundBy(sql, { text, companyId: filter.companyId, passes: passes(sql, filter), newest })
  return sql`
    with found as materialized (${found})
    select run.* from found join heartbeat_runs run on run.id = found.id order by run.created_at desc, run.id desc
    limit ${filter.limit + 1}`
}

function passes(sql: Executor, { companyId, agentId, status, source, since, until, cursor }: RunFilter) {
  return sql`company_id = ${companyId}
    ${agentId ? sql`and agent_id = ${agentId}` : sql``}
    ${status ? sql`and status = ${status}` : sql``}
    ${source ? ofSource(sql, source) : sql``}
    ${since ? sql`and created_at >= ${since}` : sql``}
    ${until ? sql`and created_at < ${until}` : sql``}
    ${cursor ? sql`and (created_at, id) < (${cursor.at}, ${cursor.id})` : sql``}`
}

/** Most runs are a timer's: the index of sources leaves those out, and is only seen where the query says so too. */
function ofSource(sql: Executor, source: WakeupSource) {
  if (source === 'timer') return sql`and invocation_source = 'timer'`
  return sql`and invocation_source <> 'timer' and invocation_source = ${source}`
}
