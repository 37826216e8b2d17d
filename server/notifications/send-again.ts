import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import { Failure, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { DeliveryStatus } from '@/server/domain/notification'

type Which = { companyId: CompanyId; deliveryId: string }

/**
 * Puts a delivery that has ended into the outbox once more, for the address that the webhook has now. Its earlier attempts
 * stay in its log, and count. Errors: `not_found`; `illegal_status` while it is still under way, where there is no webhook,
 * and where the present address has a delivery of the same notification already.
 */
export async function sendAgain(sql: RawSql, by: By, { companyId, deliveryId }: Which): Promise<{ sent: true }> {
  return await transaction(sql, async (tx) => {
    const [sent] = await tx`
      update notification_deliveries d
      set status = 'pending', next_attempt_at = now(), finished_at = null, url = w.url
      from notification_webhooks w
      where d.id = ${deliveryId} and d.company_id = ${companyId} and d.status <> 'pending' and w.company_id = d.company_id
        and not exists (
          select from notification_deliveries o
          where o.notification_id = d.notification_id and o.url = w.url and o.id <> d.id
        )
      returning d.id`
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

async function refusal(tx: Executor, { companyId, deliveryId }: Which): Promise<Failure> {
  const [found] = await tx<{ status: DeliveryStatus; hasWebhook: boolean }[]>`
    select d.status, exists (select from notification_webhooks w where w.company_id = d.company_id) as has_webhook
    from notification_deliveries d where d.id = ${deliveryId} and d.company_id = ${companyId}`
  if (!found) return notFound('delivery')
  const why =
    found.status === 'pending'
      ? 'It is under way already.'
      : found.hasWebhook
        ? 'The present address has a delivery of it already: send that one again.'
        : 'There is no webhook any more. Save its address first.'
  return new Failure('illegal_status', why)
}
