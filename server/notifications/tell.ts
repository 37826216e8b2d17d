import type { Executor } from '@/db/client'
import type { NotificationKind } from '@/server/domain/notification'
import { notificationNews } from '@/server/live/statements'

export type NewNotification = {
  companyId: string
  kind: NotificationKind
  /** What is told once: the same key again is nothing new. */
  dedupeKey: string
  title: string
  message: string
  agentId: string | null
  runId: string | null
  toBrowser: boolean
  toWebhook: boolean
}

const together = 500

/** Stores what is new, with its live event and, where the company has a webhook, its delivery. Answers how many were. */
export async function tell(tx: Executor, notifications: readonly NewNotification[]): Promise<number> {
  let told = 0
  for (let at = 0; at < notifications.length; at += together) {
    told += await tellTogether(tx, notifications.slice(at, at + together))
  }
  return told
}

async function tellTogether(tx: Executor, notifications: readonly NewNotification[]): Promise<number> {
  const rows = await tx`
    with g as (
      select distinct on ("companyId", "dedupeKey") * from jsonb_to_recordset(${JSON.stringify(notifications)}::text::jsonb)
        as g("companyId" uuid, kind text, "dedupeKey" text, title text, message text, "agentId" uuid, "runId" uuid,
          "toBrowser" boolean, "toWebhook" boolean)
    ), n as (
      insert into notifications (company_id, kind, dedupe_key, title, message, agent_id, run_id, to_browser)
      select "companyId", kind, "dedupeKey", title, message, "agentId", "runId", "toBrowser" from g
      on conflict (company_id, dedupe_key) do nothing
      returning *
    ), shown as (
      select * from n where to_browser
    ), d as (
      insert into notification_deliveries (company_id, notification_id, url)
      select n.company_id, n.id, w.url from n
      join g on g."companyId" = n.company_id and g."dedupeKey" = n.dedupe_key
      join notification_webhooks w on w.company_id = n.company_id where g."toWebhook"
    ), l as (
      insert into live_events (company_id, type, payload) ${notificationNews(tx, 'shown')}
    )
    select id from n`
  return rows.length
}
