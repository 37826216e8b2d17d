import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { transaction } from '@/db/transaction'
import type { CompanyId } from '@/server/domain/ids'
import { company, secretKey, system } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { deliverDue } from './deliver'
import { listDeliveries } from './inbox'
import { sendAgain } from './send-again'
import { storeNotifications } from './store'
import { removeWebhook, setWebhook } from './webhook'

const database = await createTestDatabase()
const { sql } = database
const closers: (() => unknown)[] = [() => database.drop()]
afterAll(async () => {
  for (const close of closers) await close()
})

type Received = { headers: IncomingMessage['headers']; body: string }

/** A real receiver on loopback that answers with these statuses in turn, the last one from then on. */
async function receiver(statuses: number[], delayMs = 0) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    response.writeHead(statuses[Math.min(received.length, statuses.length) - 1] ?? 200).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

async function withWebhook(url: string) {
  const companyId = await company(sql)
  const { secret } = await setWebhook(sql, system, secretKey, { companyId, url, newSecret: false })
  return { companyId, secret: secret ?? '' }
}

const notifies = (companyId: CompanyId, dedupeKey = crypto.randomUUID()) =>
  transaction(sql, (tx) =>
    storeNotifications(tx, [
      {
        companyId,
        dedupeKey,
        kind: 'run_failed',
        title: 'Ada failed',
        message: 'It broke.',
        agentId: null,
        runId: null,
        toBrowser: true,
        toWebhook: true,
      },
    ]),
  )

const settings = { sql, secretKey, publicUrl: 'http://127.0.0.1:3000', delaysMs: [10, 10, 10], timeoutMs: 500 }
const deliveries = async (companyId: CompanyId) => (await listDeliveries(sql, { companyId, limit: 50 })).items

/** Delivers until nothing of this company is pending. */
async function delivered(companyId: CompanyId) {
  return await eventually(async () => {
    await deliverDue(settings)
    const found = await deliveries(companyId)
    return found.every((delivery) => delivery.status !== 'pending') && found
  }, 'no delivery is pending')
}

test('a delivery is signed, and the receiver can verify it', async () => {
  const { url, received } = await receiver([204])
  const { companyId, secret } = await withWebhook(url)
  await notifies(companyId, 'once')
  await notifies(companyId, 'once')
  expect(await delivered(companyId)).toMatchObject([{ status: 'delivered', attempts: [{ status: 204, error: null }] }])
  expect(received).toHaveLength(1)
  const [{ headers, body }] = received as [Received]
  const timestamp = String(headers['reveille-timestamp'])
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  expect(headers['reveille-signature']).toBe(`v1=${signature}`)
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(30)
  expect(JSON.parse(body)).toMatchObject({ kind: 'run_failed', title: 'Ada failed', companyId, companyName: 'Acme' })
  const [{ sealed }] = await sql<[{ sealed: string }]>`
    select sealed_secret as sealed from notification_webhooks where company_id = ${companyId}`
  expect(sealed).not.toContain(secret)
})

test('a failed attempt is repeated, and every attempt is recorded', async () => {
  const { url, received } = await receiver([500, 302, 200])
  const { companyId } = await withWebhook(url)
  await notifies(companyId)
  const [delivery] = await delivered(companyId)
  expect(delivery?.status).toBe('delivered')
  expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 302, 200])
  expect(new Set(received.map(({ headers }) => headers['reveille-delivery'])).size).toBe(1)
})

test('a delivery fails after its last attempt, and at once when the receiver answers 410', async () => {
  const dead = await withWebhook((await receiver([503])).url)
  await notifies(dead.companyId)
  expect(await delivered(dead.companyId)).toMatchObject([{ status: 'failed', attempts: { length: 4 } }])
  const gone = await withWebhook((await receiver([410])).url)
  await notifies(gone.companyId)
  expect(await delivered(gone.companyId)).toMatchObject([{ status: 'failed', attempts: [{ status: 410 }] }])
})

test('an attempt that times out or finds no receiver records that', async () => {
  const slow = await withWebhook((await receiver([200], 60_000)).url)
  await notifies(slow.companyId)
  const [first] = await delivered(slow.companyId)
  expect(first?.attempts[0]).toMatchObject({ status: null, error: 'It did not answer in time.' })
  const absent = await withWebhook('http://127.0.0.1:9/')
  await notifies(absent.companyId)
  const [second] = await delivered(absent.companyId)
  expect(second?.attempts[0]?.error).toMatch(/could not be reached/)
})

test('several servers share the deliveries, and send none twice', async () => {
  const { url, received } = await receiver([200], 20)
  const { companyId } = await withWebhook(url)
  for (let count = 0; count < 40; count++) await notifies(companyId)
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      // An attempt that times out on a busy machine is made again.
      while ((await deliverDue({ ...settings, timeoutMs: 30_000 })) > 0);
    }),
  )
  await delivered(companyId)
  expect(received).toHaveLength(40)
  expect(new Set(received.map(({ headers }) => headers['reveille-delivery'])).size).toBe(40)
})

test('a removed webhook receives no more deliveries', async () => {
  const { url, received } = await receiver([200])
  const { companyId } = await withWebhook(url)
  await notifies(companyId)
  await removeWebhook(sql, system, companyId)
  expect(await delivered(companyId)).toMatchObject([
    { status: 'failed', attempts: [{ error: 'The webhook was removed.' }] },
  ])
  expect(received).toEqual([])
})

test('an ended delivery can be sent again, to the current address, and keeps its earlier attempts', async () => {
  const dead = await receiver([410])
  const alive = await receiver([200])
  const { companyId } = await withWebhook(dead.url)
  await notifies(companyId)
  const again = (deliveryId: string, ofCompany = companyId) =>
    sendAgain(sql, system, { companyId: ofCompany, deliveryId })
  const [pending] = await deliveries(companyId)
  const id = pending?.id ?? ''
  await expect(again(id)).rejects.toMatchObject({
    reason: 'illegal_status',
    message: 'This delivery is still pending.',
  })
  await delivered(companyId)

  await setWebhook(sql, system, secretKey, { companyId, url: alive.url, newSecret: false })
  await again(id)
  const [delivery] = await delivered(companyId)
  expect(delivery).toMatchObject({ id, status: 'delivered', url: alive.url })
  expect(delivery?.attempts.map(({ status }) => status)).toEqual([410, 200])
  await again(id)
  await delivered(companyId)
  expect(alive.received).toHaveLength(2)
  const actions = await sql`select action from activity_log where company_id = ${companyId}`
  expect(actions.filter(({ action }) => action === 'notification.sendAgain')).toHaveLength(2)

  await expect(again(id, await company(sql))).rejects.toMatchObject({ reason: 'not_found' })
  await removeWebhook(sql, system, companyId)
  await expect(again(id)).rejects.toThrow('no webhook any more')
})
