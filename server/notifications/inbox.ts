import type { Executor } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import type { DeliveryAttempt, DeliveryStatus, NotificationKind } from '@/server/domain/notification'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'

export type Notification = {
  id: string
  kind: NotificationKind
  title: string
  message: string
  agentId: string | null
  runId: string | null
  createdAt: Date
  isUnread: boolean
}

type Asked = { companyId: CompanyId; limit: number; cursor?: PageCursor | null }

/** A company's notifications as `reader` has them, newest first. */
export async function listNotifications(sql: Executor, reader: string, asked: Asked): Promise<Page<Notification>> {
  const { companyId, cursor } = asked
  const rows = await sql<Notification[]>`
    select id, kind, title, message, agent_id, run_id, created_at,
      created_at > ${readUntil(sql, companyId, reader)} as is_unread
    from notifications where company_id = ${companyId} and to_browser
      ${cursor ? sql`and (created_at, id) < (${cursor.at}, ${cursor.id})` : sql``}
    order by created_at desc, id desc limit ${asked.limit + 1}`
  return pageOf(rows, asked.limit, (row) => row.createdAt)
}

export const mostUnread = 100

/** At most 100 are counted. */
export async function countUnread(sql: Executor, reader: string, companyId: CompanyId): Promise<number> {
  const [row] = await sql<[{ unread: number }]>`
    select count(*)::int as unread from (
      select from notifications where company_id = ${companyId} and to_browser
        and created_at > ${readUntil(sql, companyId, reader)}
      limit ${mostUnread}
    ) n`
  return row.unread
}

/** All that is there up to now is read. */
export async function markRead(sql: Executor, reader: string, companyId: CompanyId): Promise<void> {
  await sql`
    insert into notification_reads (company_id, reader, read_until)
    select ${companyId}, ${reader}, greatest(now(), max(created_at)) from notifications where company_id = ${companyId}
    on conflict (company_id, reader) do update set read_until = excluded.read_until`
}

function readUntil(sql: Executor, companyId: CompanyId, reader: string) {
  return sql`coalesce((select read_until from notification_reads
    where company_id = ${companyId} and reader = ${reader}), '-infinity')`
}

export type Delivery = {
  id: string
  url: string
  kind: NotificationKind
  title: string
  status: DeliveryStatus
  attempts: DeliveryAttempt[]
  /** While it is pending. */
  nextAttemptAt: Date | null
  createdAt: Date
  finishedAt: Date | null
}

/** What was sent to the company's webhook, newest first. */
export async function listDeliveries(sql: Executor, asked: Asked): Promise<Page<Delivery>> {
  const { companyId, cursor } = asked
  const rows = await sql<Delivery[]>`
    select d.id, d.url, n.kind, n.title, d.status, d.attempts, d.created_at, d.finished_at,
      case when d.status = 'pending' then d.next_attempt_at end as next_attempt_at
    from notification_deliveries d join notifications n on n.id = d.notification_id
    where d.company_id = ${companyId}
      ${cursor ? sql`and (d.created_at, d.id) < (${cursor.at}, ${cursor.id})` : sql``}
    order by d.created_at desc, d.id desc limit ${asked.limit + 1}`
  return pageOf(rows, asked.limit, (row) => row.createdAt)
}
