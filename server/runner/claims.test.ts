import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { claimsOf } from '@/tests/claims'
import { agent, clear, localRunner, runOf, wake } from '@/tests/engine'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(database.drop)

async function queued(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await wake(sql, (await agent(sql)).id)
}

/** A run that the web server has claimed for this worker. */
async function claimedBeside(workerId: string): Promise<string> {
  const { run } = await wake(sql, (await agent(sql)).id, {}, localRunner(workerId))
  expect(run?.status).toBe('running')
  return run?.id ?? ''
}

test('the web server is told of all the room but one slot, when nothing waits', async () => {
  const { claims, launched, room } = await claimsOf(sql, { maxRuns: 3 })
  await claims.fill()
  expect(room()).toBe(2)
  await queued(1)
  await claims.fill()
  expect(launched).toHaveLength(1)
  expect(room()).toBe(1)
  await queued(3)
  await claims.fill()
  expect(launched).toHaveLength(3)
  expect(room()).toBe(0)
})

test('a worker with one slot has none for the web server', async () => {
  const { claims, room } = await claimsOf(sql, { maxRuns: 1 })
  await claims.fill()
  expect(room()).toBe(0)
})

test('a run that was claimed beside the worker, and not told of, is found and started once', async () => {
  const { claims, workerId, launched } = await claimsOf(sql, { maxRuns: 3 })
  const runId = await claimedBeside(workerId)
  await claims.reconcile()
  await claims.reconcile()
  expect(launched).toEqual([runId])
})

test('what the worker holds beyond its slots counts: it claims nothing until they are free', async () => {
  const { claims, workerId, live, launched } = await claimsOf(sql, { maxRuns: 2 })
  const held = [await claimedBeside(workerId), await claimedBeside(workerId), await claimedBeside(workerId)]
  await claims.reconcile()
  expect(launched.toSorted()).toEqual(held.toSorted())
  await queued(1)
  await claims.fill()
  expect(launched).toHaveLength(3)
  for (const id of held.slice(0, 2)) live.delete(id)
  await claims.fill()
  expect(launched).toHaveLength(4)
})

test('a worker that is lost, or that is another, starts none of them', async () => {
  const { claims, workerId, launched, lose } = await claimsOf(sql, { maxRuns: 3 })
  const other = await claimsOf(sql, { maxRuns: 3 })
  const runId = await claimedBeside(workerId)
  lose()
  await claims.reconcile()
  await claims.settle()
  await other.claims.reconcile()
  expect([...launched, ...other.launched]).toEqual([])
  expect((await runOf(sql, runId)).status).toBe('running')
})
