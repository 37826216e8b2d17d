import type { Executor } from '@/db/client'
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
  const { cursor } = filter
  const rows = await sql<(Wakeup & { agentName: string })[]>`
    select w.*, a.name as agent_name from agent_wakeup_requests w join agents a on a.id = w.agent_id
    where w.company_id = ${filter.companyId}
      ${filter.agentId ? sql`and w.agent_id = ${filter.agentId}` : sql``}
      ${filter.runId ? sql`and w.run_id = ${filter.runId}` : sql``}
      ${filter.status ? sql`and w.status = ${filter.status}` : sql``}
      ${cursor ? sql`and (w.requested_at, w.id) < (${cursor.at}, ${cursor.id})` : sql``}
    order by w.requested_at desc, w.id desc limit ${filter.limit + 1}`
  return pageOf(rows, filter.limit, (wakeup) => wakeup.requestedAt)
}
