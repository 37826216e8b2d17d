import type { RawSql } from '@/db/client'
import { AddressRefused } from '@/server/adapters/http/outbound'
import { once } from '@/server/adapters/http/request'
import { type DeliveryAttempt, type NotificationKind, retryDelaysMs } from '@/server/domain/notification'
import { secretOf, signatureOf } from './webhook'

export type DeliverySettings = {
  sql: RawSql
  secretKey: Buffer
  publicUrl: string
  /** Milliseconds from one failed attempt to the next. */
  delaysMs?: readonly number[]
  timeoutMs?: number
}

type Due = {
  id: string
  url: string
  attempts: DeliveryAttempt[]
  companyId: string
  companyName: string
  sealedSecret: string | null
  notificationId: string
  kind: NotificationKind
  title: string
  message: string
  agentId: string | null
  runId: string | null
  createdAt: Date
}

const atOnce = 8
const longestAttemptMs = 10_000
/** While an attempt lasts nobody else makes one; a server that dies in it is followed by another after this. */
const heldMs = 60_000

/** Makes one attempt at each delivery that is due, a few at a time. Several servers share them. Answers how many. */
export async function deliverDue(settings: DeliverySettings): Promise<number> {
  const due = await take(settings.sql)
  await Promise.all(due.map((delivery) => attempt(settings, delivery)))
  return due.length
}

function take(sql: RawSql) {
  return sql<Due[]>`
    with due as (
      select id from notification_deliveries where status = 'pending' and next_attempt_at <= now()
      order by next_attempt_at limit ${atOnce} for update skip locked
    ), d as (
      update notification_deliveries d set next_attempt_at = now() + ${heldMs} * interval '1 millisecond'
      from due where d.id = due.id returning d.*
    )
    select d.id, d.url, d.attempts, d.company_id, c.name as company_name, w.sealed_secret, n.id as notification_id,
      n.kind, n.title, n.message, n.agent_id, n.run_id, n.created_at
    from d join notifications n on n.id = d.notification_id join companies c on c.id = d.company_id
    left join notification_webhooks w on w.company_id = d.company_id`
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
  await sql`
    update notification_deliveries set status = ${status}, attempts = ${JSON.stringify(attempts)}::text::jsonb,
      next_attempt_at = now() + ${Math.round((delayMs ?? 0) * (0.9 + Math.random() * 0.2))} * interval '1 millisecond',
      finished_at = ${status === 'pending' ? null : sql`now()`}
    where id = ${delivery.id} and status = 'pending'`
}

type Answer = { status: number | null; error: string | null; isFinal: boolean }

async function post(settings: DeliverySettings, delivery: Due, secret: string): Promise<Answer> {
  const timestamp = Math.floor(Date.now() / 1000)
  const body = JSON.stringify(messageOf(settings.publicUrl, delivery))
  try {
    // Like an agent's: never to an address that machines and clouds keep for themselves.
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
    // Gone is an answer: nobody listens there any more.
    return { status, error: `It answered ${status}.`, isFinal: status === 410 }
  } catch (error) {
    return { status: null, error: wordsOf(error), isFinal: false }
  }
}

function messageOf(publicUrl: string, delivery: Due) {
  const { companyId, companyName, kind, title, message, agentId, runId, createdAt } = delivery
  const path = runId ? `/runs/${runId}` : agentId ? `/agents/${agentId}` : ''
  const url = `${publicUrl}/${companyId}${path}`
  return { id: delivery.notificationId, kind, title, message, companyId, companyName, agentId, runId, url, createdAt }
}

function wordsOf(error: unknown): string {
  if (error instanceof AddressRefused) return `${error.message}.`
  if (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)) return 'It did not answer in time.'
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `It could not be reached${code}.`
}
