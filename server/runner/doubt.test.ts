import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { claimsOf } from '@/server/testing/claims'
import { agent, clear, placeOf, runOf, waiters, wake } from '@/server/testing/engine'
import { eventually } from '@/server/testing/eventually'
import { createProxy } from '@/server/testing/proxy'
import type { Claims } from './claims'

const database = await createTestDatabase()
const { sql } = database
const web = openClient(database.connection, { max: 2, applicationName: 'web', statementTimeoutMs: 0 })
const holder = openClient(database.connection, { max: 1, applicationName: 'holder' })
const { directory, user, database: name } = database.connection
const proxy = await createProxy(join(directory, '.s.PGSQL.5432'))
const way = openClient(
  { kind: 'url', url: `postgres://${user}@${new URL(proxy.url).host}/${name}` },
  { max: 3, applicationName: 'shaky', statementTimeoutMs: 0 },
)
/** Commits that start a run wait for the lock. */
const held = 'perform pg_advisory_xact_lock(1);'
beforeEach(async () => {
  await holdCommits(held)
  await sql.unsafe(`
    create constraint trigger hold_commit after insert on heartbeat_run_events deferrable initially deferred
      for each row when (new.message = 'Started.') execute function hold_commit()`)
  await holder`select pg_advisory_lock(1)`
})
afterEach(async () => {
  await release()
  await sql`drop function hold_commit cascade`
  await clear(sql)
})
afterAll(async () => {
  await Promise.all([web, holder, way].map((client) => client.end({ timeout: 1 })))
  await proxy.close()
  await database.drop()
})

async function holdCommits(how: string) {
  await sql.unsafe(`
    create or replace function hold_commit() returns trigger language plpgsql as $$ begin ${how} return null; end $$`)
}

async function release() {
  await holder`select pg_advisory_unlock_all()`
}

/** A lent place whose run is prepared, and being committed until `release`. */
async function committing(maxRuns: number) {
  const engine = await claimsOf(sql, { maxRuns })
  await engine.claims.fill()
  expect(engine.taken()).toEqual(['lend'])
  const place = placeOf(engine.serverId)
  const committed = wake(web, (await agent(sql)).id, {}, place.taking())
  await waiters(sql, 1)
  const [run] = place.prepared
  if (!run) throw new Error('it was not prepared')
  engine.claims.prepare(run)
  return { ...engine, run, committed }
}

/** A claim that is cut while it is being committed, until `release`; whoever claims after it is not held up. */
async function cutWhileCommitting(maxRuns: number, queued: number) {
  const engine = await claimsOf(sql, { maxRuns, way })
  for (let left = queued; left > 0; left--) await wake(sql, (await agent(sql)).id)
  const fill = engine.claims.fill()
  await waiters(sql, 1)
  await holdCommits('')
  proxy.cut()
  await expect(fill).rejects.toThrow()
  return engine
}

/** Those at a commit that is held. */
async function endSessions(applicationName: string) {
  const ended = () => sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = ${applicationName} and wait_event_type = 'Lock'`
  await eventually(async () => (await ended()).length === 0, 'they are gone')
}

/** As the loop does. */
async function fillUntil(claims: Claims, isDone: () => boolean) {
  const fill = async () => {
    await claims.fill()
    return isDone()
  }
  await eventually(fill, 'it is known')
}

async function fillFor(claims: Claims, ms: number) {
  const until = performance.now() + ms
  await fillUntil(claims, () => performance.now() > until)
}

async function running(): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
    select count(*)::int as count from heartbeat_runs where status = 'running'`
  return row.count
}

test('what the web server was committing when it died is looked for until it is there, though the life ends', async () => {
  const { claims, committed, looks, taken } = await committing(2)
  const ending = claims.recall()
  claims.takeBack(true)
  await eventually(() => looks.sent >= 3, 'looks that found nothing, and another')
  await release()
  await committed
  await ending
  expect(taken()).toEqual(['recall', 'started'])
})

test('what was never committed is forgotten when no session is left that could, and the next place is lent', async () => {
  const { claims, committed, live, told } = await committing(3)
  const refused = expect(committed).rejects.toThrow()
  await endSessions('web')
  await refused
  claims.takeBack(true)
  await fillUntil(claims, () => told.length === 2)
  expect(told).toEqual(['forgotten', 'lend'])
  await eventually(() => live.size === 0, 'it is forgotten')
})

test('what is still being committed is waited for, but not for ever', async () => {
  const { claims, committed, live, skip, taken } = await committing(3)
  claims.takeBack(true)
  await fillFor(claims, 1500)
  expect(live.size).toBe(1)
  expect(taken()).toEqual([])
  skip(15_000)
  await claims.fill()
  expect(taken()).toEqual(['forgotten', 'lend'])
  await release()
  await committed
})

test('a commit of which nothing is heard is asked for, and what is said of it late is of no other place', async () => {
  const { claims, serverId, committed, looks, run, skip, live, taken } = await committing(4)
  await claims.fill()
  // The ordinary way costs no look.
  expect(looks.sent).toBe(0)
  await release()
  await committed
  skip(1000)
  await claims.fill()
  await claims.fill()
  expect(looks.sent).toBe(1)
  expect(taken()).toEqual(['started'])
  live.delete(run.id)
  claims.takeOver()
  await nextTurn()
  expect(taken()).toEqual(['lend'])
  const next = placeOf(serverId)
  await wake(sql, (await agent(sql)).id, {}, next.taking())
  const [prepared] = next.prepared
  if (prepared) claims.prepare(prepared)
  claims.takeOver()
  await nextTurn()
  expect(taken()).toEqual(['started', 'lend'])
})

test('a lost claim keeps its places until what is in them is found: no more run than may', async () => {
  const { claims, live } = await cutWhileCommitting(2, 6)
  await fillFor(claims, 1500)
  expect(live.size).toBe(0)
  await release()
  await eventually(async () => (await running()) === 2, 'it is committed')
  await claims.fill()
  await claims.fill()
  expect(live.size).toBe(2)
  expect(await running()).toBe(2)
})

test('a claim that was lost and not committed holds its places no longer than it could be', async () => {
  const { claims, live } = await cutWhileCommitting(2, 1)
  await endSessions('shaky')
  await fillUntil(claims, () => live.size === 1)
})

test('a claim that the database itself refused holds no places', async () => {
  const engine = await claimsOf(sql, { maxRuns: 2, way })
  await wake(sql, (await agent(sql)).id)
  await holdCommits("raise 'not today';")
  await expect(engine.claims.fill()).rejects.toThrow('not today')
  await holdCommits('')
  await engine.claims.fill()
  expect(engine.live.size).toBe(1)
})

test('a web server that keeps its place for itself holds up neither the look for a lost claim nor the claims', async () => {
  const engine = await claimsOf(sql, { maxRuns: 4, way })
  await engine.claims.fill()
  expect(engine.taken()).toEqual(['lend'])
  const first = await wake(sql, (await agent(sql)).id)
  const fill = engine.claims.fill()
  await waiters(sql, 1)
  await holdCommits('')
  proxy.cut()
  await expect(fill).rejects.toThrow()
  await release()
  await eventually(async () => (await runOf(sql, first.run?.id ?? '')).status === 'running', 'it is committed')
  await engine.claims.fill()
  expect(engine.launched).toEqual([first.run?.id])
  const second = await wake(sql, (await agent(sql)).id)
  await engine.claims.fill()
  expect(engine.launched).toEqual([first.run?.id, second.run?.id])
})
