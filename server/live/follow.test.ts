import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { Executor } from '@/db/client'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import type { LiveEvent } from '@/server/domain/live-event'
import { silent } from '@/tests/engine'
import { isAfter } from './cursor'
import { createFeed, type Feed } from './feed'
import { followLive } from './follow'
import { prune } from './read'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 10, applicationName: 'crowd' })
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await sql`truncate live_events`
})
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

const companyId = crypto.randomUUID()

async function feedOf(): Promise<Feed> {
  const feed = createFeed(sql, silent)
  await feed.start()
  undo.push(() => feed.stop())
  return feed
}

function viewer(feed: Feed, lastEventId: string | null = null, company = companyId) {
  const controller = new AbortController()
  const seen: LiveEvent[] = []
  const following = (async () => {
    const options = { sql, feed, companyId: company, lastEventId, signal: controller.signal }
    for await (const event of followLive(options)) seen.push(event)
  })()
  undo.push(async () => {
    controller.abort()
    await following
  })
  return {
    seen,
    numbers: () => seen.map(({ type, payload }) => (type === 'live.reset' ? 'reset' : 'n' in payload && payload.n)),
    async sees(count: number) {
      while (seen.length < count) await sleep(2)
    },
  }
}

/** Its number is a key that this release does not know. */
const status = { agentId: crypto.randomUUID(), status: 'idle', lastHeartbeatAt: null, nextHeartbeatAt: null }

async function tell(tx: Executor, n: unknown, company = companyId): Promise<void> {
  await tx`
    insert into live_events (company_id, type, payload)
    values (${company}, 'agent.status', ${JSON.stringify({ ...status, n })}::text::jsonb)`
}

async function tellAll(feed: Feed, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) await tell(sql, n)
  feed.trigger()
}

/** The first event that a viewer saw, who has left. */
async function seenOnce(feed: Feed): Promise<LiveEvent> {
  const controller = new AbortController()
  const following = followLive({ sql, feed, companyId, lastEventId: null, signal: controller.signal })
  const first = following.next()
  await tellAll(feed, 0, 1)
  const { value } = await first
  controller.abort()
  await following.return()
  return value as LiveEvent
}

test('a viewer sees what happens from now on, in its company only, and ends when it leaves', async () => {
  const feed = await feedOf()
  const here = viewer(feed)
  await tellAll(feed, 1, 3)
  await tell(sql, 'elsewhere', crypto.randomUUID())
  await tellAll(feed, 4, 1)
  await here.sees(4)
  expect(here.numbers()).toEqual([1, 2, 3, 4])
  expect(new Set(here.seen.map(({ id }) => id)).size).toBe(4)
  expect(here.seen[0]).toMatchObject({ companyId, type: 'agent.status', createdAt: expect.stringMatching(/Z$/) })
})

test('an event of a transaction that is still open comes before those that were committed after it began', async () => {
  const feed = await feedOf()
  const here = viewer(feed)
  await crowd.begin(async (tx) => {
    await tell(tx, 'slow')
    for (let n = 1; n <= 3; n++) await tell(sql, n)
    for (let looks = 0; looks < 5; looks++) {
      feed.trigger()
      await sleep(10)
    }
    expect(here.numbers()).toEqual([])
    await tell(tx, 'slow again')
  })
  feed.trigger()
  await here.sees(5)
  expect(here.numbers()).toEqual(['slow', 'slow again', 1, 2, 3])
})

test('no event is lost or told twice while many transactions overlap, whenever a viewer comes or comes back', async () => {
  const feed = await feedOf()
  const other = await feedOf()
  const first = viewer(feed)
  const returning: { numbers(): unknown[]; from: number }[] = []
  const late: Promise<unknown>[] = []
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 15; round++) {
      await crowd.begin(async (tx) => {
        await tell(tx, `${writer} ${round} a`)
        await sleep(Math.random() * 8)
        await tell(tx, `${writer} ${round} b`)
      })
      feed.trigger()
      if (writer === 0 && round % 5 === 2 && first.seen.length > 0) {
        const from = first.seen.length
        // Memory of one server, and the table through a server that has just begun.
        const id = first.seen.at(-1)?.id ?? null
        returning.push({ ...viewer(feed, id), from }, { ...viewer(other, id), from })
        late.push(feedOf().then((fresh) => returning.push({ ...viewer(fresh, id), from })))
      }
    }
  })
  await Promise.all(writers)
  await Promise.all(late)
  await first.sees(240)
  const all = first.numbers()
  expect(new Set(all).size).toBe(240)
  expect(returning.length).toBeGreaterThan(3)
  for (const back of returning) {
    while (back.numbers().length < 240 - back.from) await sleep(5)
    expect(back.numbers()).toEqual(all.slice(back.from))
  }
})

test('a viewer that comes back goes on after the last event it has, from memory and from the table', async () => {
  const feed = await feedOf()
  const before = viewer(feed)
  await tellAll(feed, 1, 6)
  await before.sees(6)
  const id = before.seen[2]?.id ?? ''
  const fresh = await feedOf()
  for (const back of [viewer(feed, id), viewer(fresh, id)]) {
    await back.sees(3)
    expect(back.numbers()).toEqual([4, 5, 6])
  }
  const atEnd = viewer(fresh, before.seen.at(-1)?.id ?? '')
  await tellAll(fresh, 7, 1)
  await atEnd.sees(1)
  expect(atEnd.numbers()).toEqual([7])
})

test('a viewer far behind what memory holds is brought up from the table', async () => {
  const feed = await feedOf()
  const before = viewer(feed)
  await tellAll(feed, 0, 1)
  await before.sees(1)
  await sql`
    insert into live_events (company_id, type, payload)
    select ${companyId}, 'agent.status', ${JSON.stringify(status)}::text::jsonb || jsonb_build_object('n', n) from generate_series(1, 10500) n`
  feed.trigger()
  await before.sees(10_501)
  expect(feed.after({ tx: 1, id: 1 }, companyId)).toBeNull()
  const back = viewer(feed, before.seen[0]?.id ?? '')
  await back.sees(10_500)
  expect(back.numbers()).toEqual(Array.from({ length: 10_500 }, (_, n) => n + 1))
})

test('much that happened while nobody watched is left behind, and there for whoever comes back', async () => {
  const feed = await feedOf()
  const { id } = await seenOnce(feed)
  await sql`
    insert into live_events (company_id, type, payload)
    select ${companyId}, 'agent.status', ${JSON.stringify(status)}::text::jsonb || jsonb_build_object('n', n) from generate_series(1, 300) n`
  const before = feed.end()
  feed.trigger()
  while (!isAfter(feed.end(), before)) await sleep(5)
  expect(feed.after(before, companyId)).toBeNull()
  const back = viewer(feed, id)
  await back.sees(300)
  expect(back.numbers()).toEqual(Array.from({ length: 300 }, (_, n) => n + 1))
})

test.each([
  ['what followed it was removed', () => sql`update live_events set created_at = now() - interval '1 hour'`],
  ['the table was emptied by a crash', () => sql`truncate live_events`],
])('a viewer whose place is gone, as %s, is told once to refetch, and then sees what happens', async (_why, lose) => {
  const old = await feedOf()
  const before = viewer(old)
  await tellAll(old, 1, 4)
  await before.sees(4)
  await lose()
  await prune(sql)
  const feed = await feedOf()
  const back = viewer(feed, before.seen[0]?.id ?? '')
  await back.sees(1)
  await tellAll(feed, 5, 1)
  await back.sees(2)
  expect(back.numbers()).toEqual(['reset', 5])
  expect(back.seen[0]).toMatchObject({ companyId, type: 'live.reset' })
  const again = viewer(feed, back.seen[0]?.id ?? '')
  await again.sees(1)
  expect(again.numbers()).toEqual([5])
})

test.each([
  ['nonsense', 'abc'],
  ['of another database, far ahead', '99999999999999-1'],
])('an id that is %s is answered with a reset, not with silence', async (_what, id) => {
  const feed = await feedOf()
  const here = viewer(feed, id)
  await here.sees(1)
  await tellAll(feed, 1, 1)
  await here.sees(2)
  expect(here.numbers()).toEqual(['reset', 1])
})

test('who asks for a position and is cut before anything happened goes on from there', async () => {
  const feed = await feedOf()
  const controller = new AbortController()
  const options = { sql, feed, companyId, signal: controller.signal, tellsPosition: true }
  const first = followLive({ ...options, lastEventId: null })
  const { value } = await first.next()
  expect(value).toMatchObject({ type: 'live.position', companyId })
  controller.abort()
  await first.return()
  await tellAll(feed, 0, 3)
  const back = viewer(feed, (value as LiveEvent).id)
  await back.sees(3)
  expect(back.numbers()).toEqual([0, 1, 2])
})
