import type { Executor } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { WakeupStatus } from '@/server/domain/wakeup-status'
import type { Wakeup } from './request'

export type WakeupFilter = {
  companyId: CompanyId
  agentId?: string
  status?: WakeupStatus
  limit: number
  cursor?: PageCursor | null
}

export async function listWakeups(sql: Executor, filter: WakeupFilter): Promise<Page<Wakeup>> {
  const { cursor } = filter
  const rows = await sql<Wakeup[]>`
    select * from agent_wakeup_requests
    where company_id = ${filter.companyId}
      ${filter.agentId ? sql`and agent_id = ${filter.agentId}` : sql``}
      ${filter.status ? sql`and status = ${filter.status}` : sql``}
      ${cursor ? sql`and (requested_at, id) < (${cursor.at}, ${cursor.id})` : sql``}
    order by requested_at desc, id desc limit ${filter.limit + 1}`
  return pageOf(rows, filter.limit, (wakeup) => wakeup.requestedAt)
}
