import { createHmac, randomBytes } from 'node:crypto'
import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { seal, unseal } from '@/server/secrets/seal'

export type Webhook = { url: string; createdAt: Date; updatedAt: Date }

export async function getWebhook(sql: Executor, companyId: CompanyId): Promise<Webhook | null> {
  const [webhook] = await sql<Webhook[]>`
    select url, created_at, updated_at from notification_webhooks where company_id = ${companyId}`
  return webhook ?? null
}

/** Answers the secret where it is new: it is shown this once. */
export async function setWebhook(
  sql: RawSql,
  by: By,
  secretKey: Buffer,
  given: { companyId: CompanyId; url: string; newSecret: boolean },
): Promise<Webhook & { secret: string | null }> {
  const { companyId, url } = given
  return await transaction(sql, async (tx) => {
    const before = await getWebhook(tx, companyId)
    const secret = before && !given.newSecret ? null : `whsec_${randomBytes(24).toString('base64url')}`
    if (secret === null) {
      await tx`update notification_webhooks set url = ${url}, updated_at = now() where company_id = ${companyId}`
    } else {
      await tx`
        insert into notification_webhooks (company_id, url, sealed_secret)
        values (${companyId}, ${url}, ${seal(secretKey, placeOf(companyId), secret)})
        on conflict (company_id) do update set url = excluded.url, sealed_secret = excluded.sealed_secret, updated_at = now()`
    }
    await record(tx, by, companyId, 'notification.setWebhook')
    const stored = await getWebhook(tx, companyId)
    if (!stored) throw notFound('webhook')
    return { ...stored, secret }
  })
}

/** What was not delivered yet is not delivered any more. */
export async function removeWebhook(sql: RawSql, by: By, companyId: CompanyId): Promise<{ removed: boolean }> {
  return await transaction(sql, async (tx) => {
    const { count } = await tx`delete from notification_webhooks where company_id = ${companyId}`
    if (count > 0) await record(tx, by, companyId, 'notification.removeWebhook')
    return { removed: count > 0 }
  })
}

export function secretOf(secretKey: Buffer, companyId: string, sealedSecret: string): string {
  return unseal(secretKey, placeOf(companyId), sealedSecret)
}

/** Of `TIMESTAMP.BODY`, so that neither can be changed, and an old message not be sent again as a new one. */
export function signatureOf(secret: string, timestampSec: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSec}.${body}`).digest('hex')}`
}

/** No name of a company's own secret has a blank. */
function placeOf(companyId: string) {
  return { companyId, name: 'webhook secret' }
}

function record(tx: Executor, by: By, companyId: CompanyId, action: string) {
  return recordActivity(tx, { companyId, by, action, subject: { type: 'company', id: companyId } })
}
