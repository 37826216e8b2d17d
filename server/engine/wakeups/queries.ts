import { and, desc, eq, getTableColumns } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { rowBefore } from '@/db/expressions'
import { agents, agentWakeupRequests } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { WakeupStatus } from '@/server/domain/wakeup-status'
import type { Wakeup } from './request'

export type WakeupFilter = {
  companyId: CompanyId
  agentId?: string
  runId?: string
  status?: WakeupStatus
  limit: number
  cursor?: PageCursor | null
}

export async function listWakeups(sql: Executor, filter: WakeupFilter): Promise<Page<Wakeup & { agentName: string }>> {
  const { agentId, runId, status, cursor } = filter
  const wakeups = agentWakeupRequests
  const rows = await drizzleOn(sql)
    .select({ ...getTableColumns(wakeups), agentName: agents.name })
    .from(wakeups)
    .innerJoin(agents, eq(agents.id, wakeups.agentId))
    .where(
      and(
        eq(wakeups.companyId, filter.companyId),
        agentId ? eq(wakeups.agentId, agentId) : undefined,
        runId ? eq(wakeups.runId, runId) : undefined,
        status ? eq(wakeups.status, status) : undefined,
        cursor ? rowBefore([wakeups.requestedAt, wakeups.id], [cursor.at, cursor.id]) : undefined,
      ),
    )
    .orderBy(desc(wakeups.requestedAt), desc(wakeups.id))
    .limit(filter.limit + 1)
  return pageOf(rows, filter.limit, (wakeup) => wakeup.requestedAt)
}
