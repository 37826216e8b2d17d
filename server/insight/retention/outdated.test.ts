import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { packageRoot } from '@/db/package-root'
import { createTestDatabase } from '@/db/testing/database'
import { updateAgent } from '@/server/agents/write'
import { createSession } from '@/server/identity/access/sessions'
import { agent, clear, ends, secretKey, silent, started, system, worker } from '@/tests/engine'
import { removeOutdated } from './outdated'

const database = await createTestDatabase()
const { sql } = database
beforeEach(() => clear(sql))
afterAll(() => database.drop())

const never = new AbortController().signal
const keep = { activityDays: 400, notificationDays: 90 }
const remove = (signal = never, given = keep) => removeOutdated(sql, given, silent, signal)
const count = async (table: string) => (await sql.unsafe(`select from ${table}`)).length

async function person(): Promise<string> {
  const [{ id }] = await sql<[{ id: string }]>`insert into people (name) values ('Ada') returning id`
  return id
}

async function activityLines(days: number, number: number): Promise<void> {
  await sql`
    insert into activity_log (actor_type, action, subject_type, created_at)
    select 'system', 'company.update', 'company', now() - ${days} * interval '1 day' from generate_series(1, ${number})`
}

test('old activity is removed in batches, which continue after an abort, and only retention may remove it', async () => {
  await sql.begin(async (tx) => {
    await tx`set local reveille.retention = 'on'`
    await tx`delete from activity_log`
  })
  await activityLines(401, 1200)
  await activityLines(399, 2)
  expect(await remove(never, { ...keep, activityDays: 0 })).toBe(0)
  let looks = 0
  const { signal } = new AbortController()
  Object.defineProperty(signal, 'aborted', { get: () => ++looks > 1 })
  expect(await remove(signal)).toBe(500)
  expect(await remove()).toBe(700)
  expect(await count('activity_log')).toBe(2)
  await expect(sql`delete from activity_log`).rejects.toThrow('never edited')
})

test('a worker is removed a month after its end, but not while a run names it', async () => {
  const { id } = await agent(sql, { maxConcurrentRuns: 5 })
  const [recent, running, ...old] = [
    await worker(sql),
    await worker(sql),
    await worker(sql),
    await worker(sql),
    await worker(sql),
  ]
  const [unnamed = '', holding = '', named = ''] = old
  await started(sql, id, holding)
  await ends(sql, await started(sql, id, named), named)
  await sql`update servers set ended_at = now() - interval '31 days' where id = any(${old})`
  await sql`update servers set ended_at = now() - interval '29 days' where id = ${recent}`
  expect(await remove()).toBe(1)
  const left = await sql<{ id: string }[]>`select id from servers`
  expect(left.map((row) => row.id).toSorted()).toEqual([recent, running, holding, named].toSorted())
  expect(left.map((row) => row.id)).not.toContain(unnamed)
})

test('rows that expired or were revoked long ago are removed; valid and recently expired ones stay', async () => {
  const { id: agentId, companyId } = await agent(sql)
  const personId = await person()
  for (const [n, days] of [-200, -1, 1].entries()) {
    const at = sql`now() + ${days} * interval '1 day'`
    const past = days < 0 ? at : null
    await sql`insert into sign_in_links (token_hash, person_id, expires_at) values (${`l${n}`}, ${personId}, ${at})`
    await sql`insert into sessions (token_hash, person_id, expires_at) values (${`s${n}`}, ${personId}, ${at})`
    await sql`
      insert into invitations (company_id, email, role, token_hash, expires_at)
      values (${companyId}, ${`${n}@example.com`}, 'viewer', ${`i${n}`}, ${at})`
    await sql`
      insert into personal_tokens (person_id, name, prefix, token_hash, expires_at, revoked_at)
      values (${personId}, 'x', 'x', ${`t${n}`}, now() + interval '1 year', ${past})`
    await sql`
      insert into agent_api_keys (company_id, agent_id, name, prefix, token_hash, revoked_at)
      values (${companyId}, ${agentId}, 'x', 'x', ${`k${n}`}, ${past})`
    await sql`
      insert into notifications (company_id, kind, dedupe_key, title, message, to_browser, created_at)
      values (${companyId}, 'run_failed', ${`n${n}`}, 'x', 'x', true, least(now(), ${at}))`
    await sql`
      insert into run_stats_hourly (company_id, hour, status, bucket, runs)
      values (${companyId}, date_trunc('hour', ${at} - interval '300 days'), 'succeeded', 1, 1)`
    await sql`insert into sign_in_attempts (key, count, since) values (${`a${n}`}, 1, ${at} + interval '1 hour')`
  }
  await remove()
  const left: Record<string, number> = {}
  const tables = ['sign_in_links', 'sessions', 'invitations', 'personal_tokens', 'agent_api_keys', 'notifications']
  for (const table of [...tables, 'run_stats_hourly', 'sign_in_attempts']) left[table] = await count(table)
  expect(left).toEqual({
    sign_in_links: 2,
    sessions: 1,
    invitations: 2,
    personal_tokens: 2,
    agent_api_keys: 2,
    notifications: 2,
    run_stats_hourly: 2,
    sign_in_attempts: 2,
  })
})

test('a removal that fails does not prevent the others', async () => {
  await activityLines(401, 1)
  await sql`insert into sign_in_links (token_hash, expires_at) values ('l', now() - interval '1 year')`
  await sql`alter table activity_log rename to hidden`
  try {
    expect(await remove()).toBe(1)
  } finally {
    await sql`alter table hidden rename to activity_log`
  }
})

test('the newest 200 revisions of an agent are kept, also of one that had more', async () => {
  const { id } = await agent(sql)
  await sql`
    insert into agent_revisions (company_id, agent_id, number, actor_type, name, adapter_type, adapter_config, runtime_config)
    select company_id, agent_id, n, actor_type, name, adapter_type, adapter_config, runtime_config
    from agent_revisions, generate_series(2, 230) n where agent_id = ${id}`
  for (const name of ['Bob', 'Cleo', 'Dora']) await updateAgent(sql, system, secretKey, id, { name })
  const [row] = await sql`
    select count(*)::int as count, min(number) as first, max(number) as last from agent_revisions where agent_id = ${id}`
  expect(row).toEqual({ count: 200, first: 34, last: 233 })
})

test('the newest 200 sessions of a person are kept', async () => {
  const personId = await person()
  await sql`
    insert into sessions (token_hash, person_id, created_at, expires_at)
    select 'session ' || n, ${personId}, now() - n * interval '1 minute', now() + interval '1 day' from generate_series(1, 250) n`
  await createSession(sql, personId)
  expect(await count('sessions')).toBe(200)
  expect(await sql`select from sessions where token_hash = 'session 200'`).toHaveLength(0)
  expect(await sql`select from sessions where token_hash = 'session 199'`).toHaveLength(1)
})

test('docs/security.md lists every table and its bound', async () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'security.md'), 'utf8')
  const list = text.slice(text.indexOf('## What grows'), text.indexOf('## Outgoing'))
  const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  expect(tables.map(({ name }) => name).filter((name) => !list.includes(`\`${name}\``))).toEqual([])
})
