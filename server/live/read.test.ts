import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { prune } from './read'

const { sql, drop } = await createTestDatabase()
afterEach(async () => {
  await sql`truncate live_events`
})
afterAll(drop)

const status = { agentId: crypto.randomUUID(), status: 'idle', lastHeartbeatAt: null, nextHeartbeatAt: null }

async function publish(n: number): Promise<void> {
  await sql`
    insert into live_events (company_id, type, payload)
    values (${crypto.randomUUID()}, 'agent.status', ${JSON.stringify({ ...status, n })}::text::jsonb)`
}

test('pruning keeps what is young, removes nothing behind what it keeps, and never the newest', async () => {
  for (let n = 1; n <= 5; n++) await publish(n)
  await sql`update live_events set created_at = now() - interval '1 hour' where payload ->> 'n' in ('1', '3')`
  await prune(sql)
  const kept = await sql`select payload -> 'n' as n from live_events order by tx, id`
  expect(kept.map(({ n }) => n)).toEqual([2, 3, 4, 5])
  await sql`update live_events set created_at = now() - interval '1 hour'`
  await prune(sql)
  expect(await sql`select payload -> 'n' as n from live_events`).toMatchObject([{ n: 5 }])
})

test('pruning goes in batches, each a step further, and one that is stopped leaves the rest to the next', async () => {
  for (let n = 1; n <= 10; n++) await publish(n)
  await sql`update live_events set created_at = now() - interval '1 hour' where (payload ->> 'n')::int <= 8`
  const kept = async () => (await sql`select payload -> 'n' as n from live_events order by tx, id`).map(({ n }) => n)
  let looks = 0
  const { signal } = new AbortController()
  Object.defineProperty(signal, 'aborted', { get: () => ++looks > 1 })
  await prune(sql, signal, 4)
  expect(await kept()).toEqual([4, 5, 6, 7, 8, 9, 10])
  await prune(sql, undefined, 4)
  expect(await kept()).toEqual([9, 10])
  await sql`update live_events set created_at = now() - interval '1 hour'`
  await prune(sql, undefined, 2)
  expect(await kept()).toEqual([10])
})
