import { and, eq, ne, notExists } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { notificationDeliveries as deliveries, notificationWebhooks as webhooks } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'

type Which = { companyId: CompanyId; deliveryId: string }

/**
 * Queues a delivery that has ended once more, for the webhook's current address. Its earlier attempts stay in its log, and
 * count. Errors: `not_found`; `illegal_status` while it is pending, without a webhook, and if the current address has a
 * delivery of the same notification already.
 */
export async function sendAgain(
  sql: RawSql,
  by: AuditActor,
  { companyId, deliveryId }: Which,
): Promise<{ sent: true }> {
  return await transaction(sql, async (tx) => {
    const [sent] = await queueAgain(tx, { companyId, deliveryId })
    if (!sent) throw await refusal(tx, { companyId, deliveryId })
    await recordActivity(tx, {
      companyId,
      by,
      action: 'notification.sendAgain',
      subject: { type: 'company', id: companyId },
      details: { deliveryId },
    })
    return { sent: true }
  })
}

function queueAgain(tx: Executor, { companyId, deliveryId }: Which) {
  const db = drizzleOn(tx)
  const other = alias(deliveries, 'other')
  const sameDelivery = db
    .select({ id: other.id })
    .from(other)
    .where(
      and(
        eq(other.notificationId, deliveries.notificationId),
        eq(other.url, webhooks.url),
        ne(other.id, deliveries.id),
      ),
    )
  return db
    .update(deliveries)
    .set({ status: 'pending', nextAttemptAt: now(), finishedAt: null, url: webhooks.url })
    .from(webhooks)
    .where(
      and(
        eq(deliveries.id, deliveryId),
        eq(deliveries.companyId, companyId),
        ne(deliveries.status, 'pending'),
        eq(webhooks.companyId, deliveries.companyId),
        notExists(sameDelivery),
      ),
    )
    .returning({ id: deliveries.id })
}

async function refusal(tx: Executor, { companyId, deliveryId }: Which): Promise<ApiError> {
  const [found] = await drizzleOn(tx)
    .select({ status: deliveries.status, webhook: webhooks.companyId })
    .from(deliveries)
    .leftJoin(webhooks, eq(webhooks.companyId, deliveries.companyId))
    .where(and(eq(deliveries.id, deliveryId), eq(deliveries.companyId, companyId)))
  if (!found) return notFound('delivery')
  const message =
    found.status === 'pending'
      ? 'This delivery is still pending.'
      : found.webhook
        ? 'The current address already has a delivery of this notification: send that one again.'
        : 'The company has no webhook any more. Save an address first.'
  return new ApiError('illegal_status', message)
}
