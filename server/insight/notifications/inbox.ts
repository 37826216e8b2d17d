import { and, desc, eq, gt, max } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { excluded, greatest, now, rowBefore } from '@/db/expressions'
import { notificationDeliveries, notificationReads, notifications } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'

type Row = typeof notifications.$inferSelect
export type Notification = Pick<Row, 'id' | 'kind' | 'title' | 'message' | 'agentId' | 'runId' | 'createdAt'> & {
  isUnread: boolean
}

type PageQuery = { companyId: CompanyId; limit: number; cursor?: PageCursor | null }

/** A company's notifications, newest first, with what `reader` has not read. */
export async function listNotifications(sql: Executor, reader: string, query: PageQuery): Promise<Page<Notification>> {
  const { companyId, cursor, limit } = query
  const { id, kind, title, message, agentId, runId, createdAt } = notifications
  const readUntil = await readUntilOf(sql, companyId, reader)
  const rows = await drizzleOn(sql)
    .select({ id, kind, title, message, agentId, runId, createdAt })
    .from(notifications)
    .where(and(isInInbox(companyId), cursor ? rowBefore([createdAt, id], [cursor.at, cursor.id]) : undefined))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit + 1)
  const page = pageOf(rows, limit, (row) => row.createdAt)
  return { ...page, items: page.items.map((row) => ({ ...row, isUnread: !readUntil || row.createdAt > readUntil })) }
}

export const mostUnread = 100

/** At most 100 are counted. */
export async function countUnread(sql: Executor, reader: string, companyId: CompanyId): Promise<number> {
  const db = drizzleOn(sql)
  const readUntil = await readUntilOf(sql, companyId, reader)
  const unread = db
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(isInInbox(companyId), readUntil ? gt(notifications.createdAt, readUntil) : undefined))
    .limit(mostUnread)
  return await db.$count(unread.as('unread'))
}

/** Marks all present notifications as read. */
export async function markRead(sql: Executor, reader: string, companyId: CompanyId): Promise<void> {
  const db = drizzleOn(sql)
  const newest = db
    .select({ at: max(notifications.createdAt) })
    .from(notifications)
    .where(eq(notifications.companyId, companyId))
  const readUntil = greatest(now(), newest)
  await db
    .insert(notificationReads)
    .values({ companyId, reader, readUntil })
    .onConflictDoUpdate({
      target: [notificationReads.companyId, notificationReads.reader],
      set: { readUntil: excluded(notificationReads.readUntil) },
    })
}

function isInInbox(companyId: CompanyId) {
  return and(eq(notifications.companyId, companyId), notifications.toBrowser)
}

async function readUntilOf(sql: Executor, companyId: CompanyId, reader: string): Promise<Date | null> {
  const [row] = await drizzleOn(sql)
    .select({ readUntil: notificationReads.readUntil })
    .from(notificationReads)
    .where(and(eq(notificationReads.companyId, companyId), eq(notificationReads.reader, reader)))
  return row?.readUntil ?? null
}

type DeliveryRow = typeof notificationDeliveries.$inferSelect
export type Delivery = Pick<DeliveryRow, 'id' | 'url' | 'status' | 'attempts' | 'createdAt' | 'finishedAt'> &
  Pick<Row, 'kind' | 'title'> & {
    /** While it is pending. */
    nextAttemptAt: Date | null
  }

/** The deliveries to the company's webhook, newest first. */
export async function listDeliveries(sql: Executor, query: PageQuery): Promise<Page<Delivery>> {
  const { companyId, cursor, limit } = query
  const { id, url, status, attempts, createdAt, finishedAt, nextAttemptAt, notificationId } = notificationDeliveries
  const { kind, title } = notifications
  const rows = await drizzleOn(sql)
    .select({ id, url, kind, title, status, attempts, createdAt, finishedAt, nextAttemptAt })
    .from(notificationDeliveries)
    .innerJoin(notifications, eq(notifications.id, notificationId))
    .where(
      and(
        eq(notificationDeliveries.companyId, companyId),
        cursor ? rowBefore([createdAt, id], [cursor.at, cursor.id]) : undefined,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit + 1)
  const deliveries = rows.map((row) => ({ ...row, nextAttemptAt: row.status === 'pending' ? row.nextAttemptAt : null }))
  return pageOf(deliveries, limit, (row) => row.createdAt)
}
