import { createHmac, randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { notificationWebhooks } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { seal, unseal } from '@/server/secrets/seal'

export type Webhook = Pick<typeof notificationWebhooks.$inferSelect, 'url' | 'createdAt' | 'updatedAt'>

export async function getWebhook(sql: Executor, companyId: CompanyId): Promise<Webhook | null> {
  const { url, createdAt, updatedAt } = notificationWebhooks
  const [webhook] = await drizzleOn(sql)
    .select({ url, createdAt, updatedAt })
    .from(notificationWebhooks)
    .where(isOf(companyId))
  return webhook ?? null
}

/** Returns the secret if it is new: it is shown only this once. */
export async function setWebhook(
  sql: RawSql,
  by: AuditActor,
  secretKey: Buffer,
  given: { companyId: CompanyId; url: string; newSecret: boolean },
): Promise<Webhook & { secret: string | null }> {
  const { companyId, url } = given
  return await transaction(sql, async (tx) => {
    const before = await getWebhook(tx, companyId)
    const secret = before && !given.newSecret ? null : `whsec_${randomBytes(24).toString('base64url')}`
    if (secret === null) {
      await drizzleOn(tx).update(notificationWebhooks).set({ url, updatedAt: now() }).where(isOf(companyId))
    } else {
      const sealedSecret = seal(secretKey, sealNameOf(companyId), secret)
      await drizzleOn(tx)
        .insert(notificationWebhooks)
        .values({ companyId, url, sealedSecret })
        .onConflictDoUpdate({
          target: notificationWebhooks.companyId,
          set: { url, sealedSecret, updatedAt: now() },
        })
    }
    await record(tx, by, companyId, 'notification.setWebhook')
    const stored = await getWebhook(tx, companyId)
    if (!stored) throw notFound('webhook')
    return { ...stored, secret }
  })
}

/** Deliveries that are still pending fail at their next attempt. */
export async function removeWebhook(sql: RawSql, by: AuditActor, companyId: CompanyId): Promise<{ removed: boolean }> {
  return await transaction(sql, async (tx) => {
    const { companyId: id } = notificationWebhooks
    const removed = await drizzleOn(tx).delete(notificationWebhooks).where(isOf(companyId)).returning({ id })
    if (removed.length > 0) await record(tx, by, companyId, 'notification.removeWebhook')
    return { removed: removed.length > 0 }
  })
}

function isOf(companyId: CompanyId) {
  return eq(notificationWebhooks.companyId, companyId)
}

export function secretOf(secretKey: Buffer, companyId: string, sealedSecret: string): string {
  return unseal(secretKey, sealNameOf(companyId), sealedSecret)
}

/** Signs `TIMESTAMP.BODY`: neither can be altered, and an old message cannot be replayed. */
export function signatureOf(secret: string, timestampSec: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSec}.${body}`).digest('hex')}`
}

/** The names of a company's own secrets contain no space, so this name is not taken. */
function sealNameOf(companyId: string) {
  return { companyId, name: 'webhook secret' }
}

type WebhookAction = 'notification.setWebhook' | 'notification.removeWebhook'

function record(tx: Executor, by: AuditActor, companyId: CompanyId, action: WebhookAction) {
  return recordActivity(tx, { companyId, by, action, subject: { type: 'company', id: companyId } })
}
