import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { systemStatus } from '@/server/api/system/status'
import type { Retention } from '@/server/domain/retention'
import { followEvents } from '@/server/engine/runs/follow-events'
import { createFeed } from '@/server/live/feed'
import { createLogStores } from '@/server/logs/log-stores'
import { createRunLogs } from '@/server/logs/run-logs'
import { agent, silent, system, worker } from '@/tests/engine'
import { removeExpiredLogs } from './expired-logs'
import { retainAll } from './retain'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-retention-'))
const stores = createLogStores({ dataDir, maxBytes: 1_000_000 })
const logs = createRunLogs(sql, { stores, archived: null, remotes: null })
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})

const never = new AbortController().signal
const bytesEach = 1000

/** A company with one finished run a day for so many days, today's first, each with a log, two events and a wakeup. */
async function history(days: number) {
  const { id: agentId, companyId } = await agent(sql)
  const workerId = await worker(sql)
  await sql`update servers set store_id = ${stores.directory.storeId}, data_dir = ${dataDir} where id = ${workerId}`
  const runs = await sql<{ id: string }[]>`
    insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
      queue_position, server_id, created_at, started_at, finished_at, log_bytes, log_sha256, result_json, stdout_excerpt, last_event_seq)
    select ${companyId}, ${agentId}, 'succeeded', 'timer', 'system', '{"a":1}', at, ${workerId}, at, at, at, ${bytesEach},
      'x', '{"summary":"done"}', 'out', 2
    from (select now() - d * interval '1 day' - interval '1 minute' as at from generate_series(0, ${days - 1}) d) t
    returning id`
  const ids = runs.map((run) => run.id)
  await sql`
    insert into heartbeat_run_events (run_id, seq, company_id, event_type, message)
    select id, seq, company_id, 'lifecycle', 'x' from heartbeat_runs, generate_series(1, 2) seq where id = any(${ids})`
  await sql`
    insert into agent_wakeup_requests (company_id, agent_id, source, trigger_detail, status, run_id,
      requested_by_actor_type, requested_at, finished_at)
    select company_id, agent_id, 'timer', 'system', 'completed', id, 'system', created_at, finished_at
    from heartbeat_runs where id = any(${ids})`
  const keep = (retention: Retention | null) => updateCompany(sql, system, companyId, { retention })
  return { companyId, agentId, workerId, ids, keep }
}

async function kept(companyId: string) {
  const [row] = await sql<[{ logs: number; fields: number; events: number; wakeups: number }]>`
    select
      (select count(*)::int from heartbeat_runs where company_id = ${companyId} and log_removed_at is null) as logs,
      (select count(*)::int from heartbeat_runs where company_id = ${companyId} and result_json is not null) as fields,
      (select count(*)::int from heartbeat_run_events where company_id = ${companyId}) as events,
      (select count(*)::int from agent_wakeup_requests where company_id = ${companyId}) as wakeups`
  return row
}

const limits = (days: number | null, bytes: number | null = null) => ({ days, bytes })

test('a company without retention, and a kind without limits, keeps everything', async () => {
  const one = await history(40)
  const other = await history(40)
  const all = { logs: 40, fields: 40, events: 80, wakeups: 40 }
  await retainAll(sql, never)
  expect(await kept(one.companyId)).toEqual(all)
  await one.keep({ logs: limits(null), events: limits(10) })
  await retainAll(sql, never)
  expect(await kept(one.companyId)).toEqual({ ...all, events: 20 })
  expect(await kept(other.companyId)).toEqual(all)
  await one.keep(null)
  await sql`update heartbeat_runs set finished_at = now() - interval '1 year' where company_id = ${one.companyId}`
  await retainAll(sql, never)
  expect(await kept(one.companyId)).toEqual({ ...all, events: 20 })
})

test('a limit in days removes what ended before, of every kind, and keeps what has not ended', async () => {
  const { companyId, ids, keep } = await history(300)
  const [old = '', older = ''] = ids.slice(250)
  await sql`update heartbeat_runs set status = 'queued', finished_at = null where id = ${old}`
  await sql`update agent_wakeup_requests set status = 'queued', finished_at = null where run_id = ${old}`
  await keep({ logs: limits(30), events: limits(30), wakeups: limits(30), fields: limits(30) })
  await retainAll(sql, never)
  expect(await kept(companyId)).toEqual({ logs: 31, fields: 31, events: 62, wakeups: 31 })
  const [stripped] =
    await sql`select result_json, context_snapshot, stdout_excerpt, log_bytes from heartbeat_runs where id = ${older}`
  expect(stripped).toEqual({ resultJson: null, contextSnapshot: {}, stdoutExcerpt: null, logBytes: bytesEach })
  // When it ends, it is found, although all items around it are removed.
  await sql`update heartbeat_runs set status = 'failed', finished_at = now() - interval '40 days' where id = ${old}`
  await retainAll(sql, never)
  expect((await kept(companyId)).logs).toBe(30)
})

test('a limit in bytes keeps the newest items that fit', async () => {
  const { companyId, ids, keep } = await history(250)
  await keep({ logs: limits(null, 10 * bytesEach + 1) })
  await retainAll(sql, never)
  const rows = await sql<{ id: string }[]>`
    select id from heartbeat_runs where company_id = ${companyId} and log_removed_at is null order by created_at desc`
  expect(rows.map((row) => row.id)).toEqual(ids.slice(0, 10))
  expect(await retainAll(sql, never)).toBe(0)
})

test('a removal continues after an abort, and two servers do not remove the same items', async () => {
  const { companyId, keep } = await history(900)
  await keep({ events: limits(1) })
  await sql`update companies set retention = null where id <> ${companyId}`
  let reads = 0
  // The signal is read before each batch.
  const { signal } = new AbortController()
  Object.defineProperty(signal, 'aborted', { get: () => ++reads > 3 })
  const first = await retainAll(sql, signal)
  const left = async () => (await kept(companyId)).events
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(899)
  const rest = await Promise.all([retainAll(sql, never), retainAll(sql, never)])
  expect(first + rest.reduce((sum, each) => sum + each, 0)).toBe(899)
  expect(await left()).toBe(2)
  const { retention } = await systemStatus(sql)
  expect(retention.kinds.find(({ kind }) => kind === 'events')).toMatchObject({ finishedAt: expect.any(Date) })
})

test('a removed log reads as empty at once, and its files are deleted', async () => {
  const { ids, keep } = await history(2)
  const [today = '', yesterday = ''] = ids
  for (const id of ids) {
    const log = await stores.own.open(id)
    void log.append('stdout', Buffer.alloc(bytesEach, 'x'))
    await log.close()
  }
  await keep({ logs: limits(1) })
  await sql`update heartbeat_runs set finished_at = now() - interval '2 days' where id = ${yesterday}`
  await retainAll(sql, never)
  expect((await systemStatus(sql)).retention.logsToRemove).toBeGreaterThan(0)
  expect(await logs.read(yesterday, { offset: 0, limitBytes: 100 })).toMatchObject({ entries: [], done: true })
  const followed = []
  for await (const entry of logs.follow(yesterday, 0, never)) followed.push(entry)
  expect(followed).toEqual([])
  await removeExpiredLogs({ sql, stores, archived: null, signal: never })
  expect(await stores.own.info(yesterday)).toEqual({ bytes: 0 })
  expect(await stores.own.info(today)).toEqual({ bytes: bytesEach })
  expect((await systemStatus(sql)).retention.logsToRemove).toBe(0)
})

test('runs are removed with their events and logs; a run that has just ended stays for a while', async () => {
  const { companyId, ids, keep } = await history(10)
  const [today = ''] = ids
  await sql`update heartbeat_runs set retry_of_run_id = ${ids[8] ?? ''} where id = ${today}`
  await keep({ runs: limits(null, 1) })
  expect(await retainAll(sql, never)).toBe(9)
  const left = await sql`select id, retry_of_run_id from heartbeat_runs where company_id = ${companyId}`
  expect(left).toEqual([{ id: today, retryOfRunId: null }])
  expect(await kept(companyId)).toMatchObject({ events: 2, wakeups: 10 })
  expect(
    await sql`select from agent_wakeup_requests where company_id = ${companyId} and run_id is not null`,
  ).toHaveLength(1)
  const removals = await sql`select from log_removals where run_id = any(${ids})`
  expect(removals).toHaveLength(9)
})

test('following the events of a run whose events were removed ends', async () => {
  const { ids, keep } = await history(3)
  await keep({ events: limits(1) })
  await retainAll(sql, never)
  const feed = createFeed(sql, silent)
  const signal = AbortSignal.timeout(5000)
  const seen = []
  for await (const event of followEvents({ sql, feed, runId: ids[2] ?? '', afterSeq: 0, signal })) seen.push(event)
  expect([seen, signal.aborted]).toEqual([[], false])
})
