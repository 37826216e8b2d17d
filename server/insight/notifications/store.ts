import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { liveEvents, notificationDeliveries, notifications, notificationWebhooks } from '@/db/schema'
import type { LivePayload } from '@/server/domain/live-event'

type Stored = typeof notifications.$inferSelect

/** A company has at most one notification with a `dedupeKey`: further ones are not stored. */
export type NewNotification = Omit<Stored, 'id' | 'createdAt'> & { toWebhook: boolean }

/** Small, because each number of rows becomes a prepared statement of its own. */
const batchSize = 100

/**
 * Stores new notifications, each with its live event and, if the company has a webhook, its delivery. Returns the
 * number of new ones.
 */
export async function storeNotifications(tx: Tx, given: readonly NewNotification[]): Promise<number> {
  let stored = 0
  for (let at = 0; at < given.length; at += batchSize) {
    stored += await storeBatch(tx, given.slice(at, at + batchSize))
  }
  return stored
}

async function storeBatch(tx: Tx, given: readonly NewNotification[]): Promise<number> {
  const byKey = new Map(given.map((one) => [keyOf(one), one]))
  const { id, companyId, dedupeKey, kind, title, message, agentId, runId, toBrowser } = notifications
  const stored = await drizzleOn(tx)
    .insert(notifications)
    .values([...byKey.values()])
    .onConflictDoNothing({ target: [companyId, dedupeKey] })
    .returning({ id, companyId, dedupeKey, kind, title, message, agentId, runId, toBrowser })
  await deliver(
    tx,
    stored.filter((one) => byKey.get(keyOf(one))?.toWebhook),
  )
  const events = stored.filter((one) => one.toBrowser).map(liveEventOf)
  if (events.length > 0) await drizzleOn(tx).insert(liveEvents).values(events)
  return stored.length
}

async function deliver(tx: Tx, stored: Pick<Stored, 'id' | 'companyId'>[]): Promise<void> {
  if (stored.length === 0) return
  const webhooks = await drizzleOn(tx)
    .select({ companyId: notificationWebhooks.companyId, url: notificationWebhooks.url })
    .from(notificationWebhooks)
    .where(
      equalsAny(
        notificationWebhooks.companyId,
        stored.map((one) => one.companyId),
      ),
    )
  const urls = new Map(webhooks.map(({ companyId, url }) => [companyId, url]))
  const deliveries = stored.flatMap(({ id, companyId }) => {
    const url = urls.get(companyId)
    return url === undefined ? [] : [{ companyId, notificationId: id, url }]
  })
  if (deliveries.length > 0) await drizzleOn(tx).insert(notificationDeliveries).values(deliveries)
}

function keyOf({ companyId, dedupeKey }: Pick<Stored, 'companyId' | 'dedupeKey'>): string {
  return `${companyId} ${dedupeKey}`
}

function liveEventOf(stored: Omit<Stored, 'dedupeKey' | 'createdAt'>) {
  const { id, companyId, kind, title, message, agentId, runId } = stored
  const payload: LivePayload<'notification.created'> = { notificationId: id, kind, title, message, agentId, runId }
  return { companyId, type: 'notification.created', payload } as const
}
