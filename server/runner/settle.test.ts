import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { claimsOf } from '@/tests/claims'
import { agent, clear, localRunner, waiters, wake } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { createProxy } from '@/tests/proxy'

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
beforeEach(async () => {
  await sql.unsafe(`
    create function hold_commit() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(1); return null; end $$;
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

async function release() {
  await holder`select pg_advisory_unlock_all()`
}

/** A wakeup whose web server is committing it, its run claimed for this worker, until `release`. */
async function committing() {
  const engine = await claimsOf(sql, { maxRuns: 3 })
  const committed = wake(web, (await agent(sql)).id, {}, localRunner(engine.workerId))
  await waiters(sql, 1)
  return { ...engine, committed }
}

/** A claim of the worker's own that was cut while it is being committed, until `release`. */
async function cutWhileCommitting() {
  const engine = await claimsOf(sql, { maxRuns: 2, way })
  await wake(sql, (await agent(sql)).id)
  const fill = engine.claims.fill()
  await waiters(sql, 1)
  proxy.cut()
  await expect(fill).rejects.toThrow()
  return engine
}

/** Settles, and tells when that is done. */
function settling(claims: { settle(): Promise<void> }) {
  const settled = { isDone: false, done: Promise.resolve() }
  settled.done = claims.settle().then(() => {
    settled.isDone = true
  })
  return settled
}

/** Those at a commit that is held. */
async function endSessions(applicationName: string) {
  const ended = () => sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = ${applicationName} and wait_event_type = 'Lock'`
  await eventually(async () => (await ended()).length === 0, 'they are gone')
}

test('where nothing is under way it is settled at once', async () => {
  const { claims, launched } = await claimsOf(sql, { maxRuns: 3 })
  await claims.settle()
  expect(launched).toEqual([])
})

test('what the web server was committing when it died is waited for and started', async () => {
  const { claims, committed, launched, close, settleRounds } = await committing()
  close()
  const settled = settling(claims)
  await eventually(() => settleRounds() >= 3, 'it has looked three times')
  expect(settled.isDone).toBe(false)
  await release()
  const { run } = await committed
  await settled.done
  expect(launched).toEqual([run?.id])
})

test('what can not be committed any more is not waited for', async () => {
  const { claims, committed, launched } = await committing()
  const settled = settling(claims)
  const refused = expect(committed).rejects.toThrow()
  await endSessions('web')
  await refused
  await settled.done
  expect(launched).toEqual([])
})

test('what is still being committed is waited for, but not for ever', async () => {
  const { claims, committed, skip, settleRounds } = await committing()
  const settled = settling(claims)
  await eventually(() => settleRounds() >= 2, 'it has looked twice')
  expect(settled.isDone).toBe(false)
  skip(15_000)
  await settled.done
  await release()
  await committed
})

test('a claim of its own whose answer was lost is waited for and started', async () => {
  const { claims, launched, close, settleRounds } = await cutWhileCommitting()
  close()
  const settled = settling(claims)
  // From the fifth round on, what was on its way to the database when the connection broke counts as arrived.
  await eventually(() => settleRounds() >= 7, 'it has looked seven times')
  expect(settled.isDone).toBe(false)
  await release()
  await settled.done
  expect(launched).toHaveLength(1)
})

test('a claim of its own that was lost and not committed is settled, and claimed again by who claims', async () => {
  const { claims, launched } = await cutWhileCommitting()
  await endSessions('shaky')
  await release()
  await claims.settle()
  expect(launched).toEqual([])
  await claims.fill()
  expect(launched).toHaveLength(1)
})
