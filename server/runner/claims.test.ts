import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { ClaimedRun } from '@/server/runs/claim'
import { claimsOf } from '@/server/testing/claims'
import { agent, clear, placeOf, wake } from '@/server/testing/engine'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(database.drop)

async function queued(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await wake(sql, (await agent(sql)).id)
}

/** A run that was started in the place of this life, as the web server tells its runner of it. */
async function startedIn(serverId: string): Promise<ClaimedRun> {
  const place = placeOf(serverId)
  await wake(sql, (await agent(sql)).id, {}, place.taking())
  const [run] = place.prepared
  if (!run) throw new Error('it was not started')
  return run
}

test('one place is lent when nothing waits, and none where everything is taken', async () => {
  const { claims, launched, taken } = await claimsOf(sql, { maxRuns: 2 })
  await claims.fill()
  await claims.fill()
  expect(taken()).toEqual(['lend'])
  const full = await claimsOf(sql, { maxRuns: 2 })
  await queued(3)
  await full.claims.fill()
  expect(full.launched).toHaveLength(2)
  expect(full.taken()).toEqual([])
  expect(launched).toEqual([])
})

test('a lent place is taken: what is queued meanwhile gets it when it is back', async () => {
  const { claims, launched, taken } = await claimsOf(sql, { maxRuns: 2 })
  await claims.fill()
  await queued(3)
  await claims.fill()
  expect(launched).toHaveLength(1)
  expect(taken()).toEqual(['lend', 'recall'])
  claims.takeBack(false)
  await claims.fill()
  expect(launched).toHaveLength(2)
  expect(taken()).toEqual([])
})

test('the last place is kept: it is there for what waits, though the one that is lent does not come back', async () => {
  const alone = await claimsOf(sql, { maxRuns: 1 })
  await alone.claims.fill()
  expect(alone.taken()).toEqual([])
  const { claims, launched, taken } = await claimsOf(sql, { maxRuns: 3 })
  await queued(1)
  await claims.fill()
  expect(taken()).toEqual(['lend'])
  await queued(3)
  await claims.fill()
  expect(launched).toHaveLength(2)
})

test('what is made ready starts when it is committed, and the next place is lent', async () => {
  const { claims, serverId, live, launched, taken } = await claimsOf(sql, { maxRuns: 3 })
  await claims.fill()
  const run = await startedIn(serverId)
  claims.prepare(run)
  expect(taken()).toEqual(['lend'])
  claims.takeOver()
  await nextTurn()
  expect(taken()).toEqual(['started', 'lend'])
  expect([...live.keys()]).toEqual([run.id])
  expect(launched).toEqual([])
})

test('what is made ready and not committed is forgotten', async () => {
  const { claims, serverId, live, taken } = await claimsOf(sql, { maxRuns: 2 })
  await claims.fill()
  const run = await startedIn(serverId)
  claims.prepare(run)
  claims.takeBack(false)
  while (live.size > 0) await sql`select pg_sleep(0.01)`
  expect(taken()).toEqual(['lend', 'forgotten'])
})

test('where it may have been committed it is looked for, and started once; until then nothing is lent', async () => {
  const { claims, serverId, launched, taken } = await claimsOf(sql, { maxRuns: 3 })
  await claims.fill()
  const run = await startedIn(serverId)
  claims.prepare(run)
  claims.takeBack(true)
  expect(taken()).toEqual(['lend'])
  await claims.fill()
  await claims.fill()
  expect(taken()).toEqual(['started', 'lend'])
  expect(launched).toEqual([])
})

test('a life that ends waits for its place, and starts what the web server left in it when it died', async () => {
  const { claims, serverId, taken } = await claimsOf(sql, { maxRuns: 2 })
  await claims.fill()
  let isBack = false
  const back = claims.recall().then(() => {
    isBack = true
  })
  claims.prepare(await startedIn(serverId))
  expect(taken()).toEqual(['lend', 'recall'])
  expect(isBack).toBe(false)
  claims.takeBack(true)
  await back
  expect(taken()).toEqual(['started'])
})

test('a life that is lost asks for its place, forgets what was prepared in it, and starts nothing that is told late', async () => {
  const { claims, serverId, live, lose, taken } = await claimsOf(sql, { maxRuns: 2 })
  await claims.fill()
  claims.prepare(await startedIn(serverId))
  lose()
  claims.giveUp()
  claims.takeOver()
  while (live.size > 0) await sql`select pg_sleep(0.01)`
  expect(taken()).toEqual(['lend', 'recall', 'forgotten'])
})

test('what is told to be committed does not start in a life that is lost by then', async () => {
  const { claims, serverId, live, lose, taken } = await claimsOf(sql, { maxRuns: 2 })
  await claims.fill()
  claims.prepare(await startedIn(serverId))
  lose()
  claims.takeOver()
  while (live.size > 0) await sql`select pg_sleep(0.01)`
  expect(taken()).toEqual(['lend', 'forgotten'])
})
