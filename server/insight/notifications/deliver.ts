import { and, asc, eq, lte } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsFromNow, now } from '@/db/expressions'
import {
  companies,
  notificationDeliveries as deliveries,
  notifications,
  notificationWebhooks as webhooks,
} from '@/db/schema'
import { AddressRefused } from '@/server/adapters/http/outbound'
import { once } from '@/server/adapters/http/request'
import { retryDelaysMs } from '@/server/domain/notification'
import { secretOf, signatureOf } from './webhook'

export type DeliverySettings = {
  sql: RawSql
  secretKey: Buffer
  publicUrl: string
  /** Milliseconds from one failed attempt to the next. */
  delaysMs?: readonly number[]
  timeoutMs?: number
}

const concurrentAttempts = 8
const longestAttemptMs = 10_000
/** While a server holds a delivery, no other one claims it. If that server dies, another may claim it after this. */
const heldMs = 60_000

/** Makes one attempt at each delivery that is due, a few at a time. Several servers share them. Returns the number of attempts. */
export async function deliverDue(settings: DeliverySettings): Promise<number> {
  const due = await claimDue(settings.sql)
  await Promise.all(due.map((delivery) => attempt(settings, delivery)))
  return due.length
}

type Due = Awaited<ReturnType<typeof claimDue>>[number]

function claimDue(sql: RawSql) {
  const db = drizzleOn(sql)
  const due = db.$with('due').as(
    db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(and(eq(deliveries.status, 'pending').inlineParams(), lte(deliveries.nextAttemptAt, now())))
      .orderBy(asc(deliveries.nextAttemptAt))
      .limit(concurrentAttempts)
      .for('update', { skipLocked: true }),
  )
  const { id, url, attempts, companyId, notificationId } = deliveries
  const claimed = db.$with('claimed').as(
    db
      .update(deliveries)
      .set({ nextAttemptAt: millisecondsFromNow(heldMs) })
      .from(due)
      .where(eq(deliveries.id, due.id))
      .returning({ id, url, attempts, companyId, notificationId }),
  )
  return db
    .with(due, claimed)
    .select({
      id: claimed.id,
      url: claimed.url,
      attempts: claimed.attempts,
      companyId: claimed.companyId,
      companyName: companies.name,
      sealedSecret: webhooks.sealedSecret,
      notificationId: claimed.notificationId,
      kind: notifications.kind,
      title: notifications.title,
      message: notifications.message,
      agentId: notifications.agentId,
      runId: notifications.runId,
      createdAt: notifications.createdAt,
    })
    .from(claimed)
    .innerJoin(notifications, eq(notifications.id, claimed.notificationId))
    .innerJoin(companies, eq(companies.id, claimed.companyId))
    .leftJoin(webhooks, eq(webhooks.companyId, claimed.companyId))
}

async function attempt(settings: DeliverySettings, delivery: Due): Promise<void> {
  const { sql, secretKey, delaysMs = retryDelaysMs } = settings
  const at = new Date()
  const answer = delivery.sealedSecret
    ? await post(settings, delivery, secretOf(secretKey, delivery.companyId, delivery.sealedSecret))
    : { status: null, error: 'The webhook was removed.', isFinal: true }
  const attempts = [
    ...delivery.attempts,
    { at: at.toISOString(), ms: Date.now() - at.getTime(), status: answer.status, error: answer.error },
  ]
  const delayMs = delaysMs[attempts.length - 1]
  const status = answer.error === null ? 'delivered' : answer.isFinal || delayMs === undefined ? 'failed' : 'pending'
  await drizzleOn(sql)
    .update(deliveries)
    .set({
      status,
      attempts,
      nextAttemptAt: millisecondsFromNow(Math.round((delayMs ?? 0) * (0.9 + Math.random() * 0.2))),
      finishedAt: status === 'pending' ? null : now(),
    })
    .where(and(eq(deliveries.id, delivery.id), eq(deliveries.status, 'pending')))
}

type Answer = { status: number | null; error: string | null; isFinal: boolean }

async function post(settings: DeliverySettings, delivery: Due, secret: string): Promise<Answer> {
  const timestamp = Math.floor(Date.now() / 1000)
  const body = JSON.stringify(messageOf(settings.publicUrl, delivery))
  try {
    // As for agents, link-local and cloud metadata addresses are refused.
    const response = await once({
      url: delivery.url,
      method: 'POST',
      body,
      signal: AbortSignal.timeout(settings.timeoutMs ?? longestAttemptMs),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Reveille-Webhook/1',
        'reveille-delivery': delivery.id,
        'reveille-timestamp': String(timestamp),
        'reveille-signature': signatureOf(secret, timestamp, body),
      },
    })
    response.destroy()
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return { status, error: null, isFinal: true }
    // 410 Gone is final: the receiver says that it no longer exists.
    return { status, error: `It answered ${status}.`, isFinal: status === 410 }
  } catch (error) {
    return { status: null, error: describeError(error), isFinal: false }
  }
}

function messageOf(publicUrl: string, delivery: Due) {
  const { companyId, companyName, kind, title, message, agentId, runId, createdAt } = delivery
  const path = runId ? `/runs/${runId}` : agentId ? `/agents/${agentId}` : ''
  const url = `${publicUrl}/${companyId}${path}`
  return { id: delivery.notificationId, kind, title, message, companyId, companyName, agentId, runId, url, createdAt }
}

function describeError(error: unknown): string {
  if (error instanceof AddressRefused) return `${error.message}.`
  if (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)) return 'It did not answer in time.'
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `It could not be reached${code}.`
}
