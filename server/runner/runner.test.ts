import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient, type RawSql } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { cancel } from '@/server/engine/runs/cancel'
import { isAlive } from '@/server/processes/process-table'
import { agent, agentOf, clear, runOf, waiters, wake } from '@/tests/engine'
import { createProxy } from '@/tests/proxy'
import { startRunner } from '@/tests/runner'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-runner-'))
const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await clear(sql)
})
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})

async function runnerOf(maxRuns = 5, afterLoss?: () => Promise<unknown>, way?: RawSql) {
  const made = await startRunner(sql, database.connection, { dataDir, maxRuns, afterLoss, way })
  undo.push(made.stop)
  return made
}

/** A way to the database that can be cut. */
async function shakyWay() {
  const { directory, user, database: name } = database.connection
  const proxy = await createProxy(join(directory, '.s.PGSQL.5432'))
  const url = `postgres://${user}@${new URL(proxy.url).host}/${name}`
  const way = openClient({ kind: 'url', url }, { max: 3, applicationName: 'shaky' })
  undo.push(proxy.close, () => way.end({ timeout: 1 }))
  return { ...proxy, way }
}

/** Transactions that start a run wait at their commit while another holds the advisory lock 1. */
async function holdCommits() {
  await sql.unsafe(`
    create function hold_commit() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(1); return null; end $$;
    create constraint trigger hold_commit after insert on heartbeat_run_events deferrable initially deferred
      for each row when (new.message = 'Started.') execute function hold_commit()`)
  undo.push(() => sql`drop function hold_commit cascade`)
}

const agentThat = (script: string, heartbeat = {}) => agent(sql, heartbeat, { script })

async function until<T>(look: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  for (;;) {
    const seen = await look()
    if (seen) return seen
    await sleep(5)
  }
}

async function ended(runId: string) {
  return await until(async () => {
    const run = await runOf(sql, runId)
    return run.finishedAt && run
  })
}

const newRun = async (agentId: string) => (await wake(sql, agentId)).run?.id ?? ''

test('a run is carried out, and never more at once than there is room for', async () => {
  const { notifier } = await runnerOf(2)
  const gate = join(mkdtempSync(join(dataDir, 'room-')), 'gate')
  const runs = []
  const script = `echo hi; until [ -e ${gate} ]; do sleep 0.02; done`
  for (let n = 0; n < 5; n++) runs.push(await newRun((await agentThat(script)).id))
  notifier.notify('runs')
  let most = 0
  await until(async () => {
    const rows = await sql<{ status: string }[]>`select status from heartbeat_runs`
    most = Math.max(most, rows.filter(({ status }) => status === 'running').length)
    if (most === 2) writeFileSync(gate, '')
    return rows.every(({ status }) => status === 'succeeded')
  })
  expect(most).toBe(2)
  expect(await runOf(sql, runs[0] ?? '')).toMatchObject({ exitCode: 0, stdoutExcerpt: 'hi\n', logBytes: 3 })
})

test('a full server starts the next run in the transaction that ends the one before', async () => {
  const { notifier } = await runnerOf(1)
  const first = await newRun((await agentThat('sleep 0.2')).id)
  const second = await newRun((await agentThat('true')).id)
  notifier.notify('runs')
  await ended(second)
  const rows = await sql<{ xmin: string }[]>`
    select xmin::text from heartbeat_run_events
    where (run_id = ${first} and message = 'Succeeded.') or (run_id = ${second} and message = 'Started.')`
  expect(rows.map(({ xmin }) => xmin)).toEqual([rows[0]?.xmin, rows[0]?.xmin])
})

test('a run that was claimed though the answer was lost is carried out, once', async () => {
  const { deafen, mend, cut, way } = await shakyWay()
  const { notifier } = await runnerOf(1, undefined, way)
  const folder = mkdtempSync(join(dataDir, 'once-'))
  const gate = join(folder, 'gate')
  const first = await newRun((await agentThat(`until [ -e ${gate} ]; do sleep 0.02; done`)).id)
  notifier.notify('runs')
  await until(async () => (await runOf(sql, first)).processPid)
  const runs: string[] = []
  const lines = join(folder, 'lines')
  for (let n = 0; n < 2; n++) runs.push(await newRun((await agentThat(`echo run >> ${lines}`)).id))
  const [second, third] = runs
  await holdCommits()
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`
    writeFileSync(gate, '')
    await waiters(sql, 1)
    deafen()
  })
  await until(async () => (await runOf(sql, second ?? '')).status === 'running')
  expect(await runOf(sql, first)).toMatchObject({ status: 'succeeded' })
  mend()
  cut()
  await ended(second ?? '')
  await ended(third ?? '')
  for (const id of [first, ...runs])
    expect(await runOf(sql, id)).toMatchObject({ status: 'succeeded', lostAttempts: 0 })
  expect(readFileSync(lines, 'utf8')).toBe('run\nrun\n')
})

test('a cancelled run ends when its processes are gone, and its agent is free only then', async () => {
  const { notifier } = await runnerOf()
  const { id } = await agentThat('trap "" TERM; echo $$; sleep 300 & wait; sleep 300')
  const runId = await newRun(id)
  notifier.notify('runs')
  const pid = await until(async () => (await runOf(sql, runId)).processPid)
  await cancel(sql, runId, 'enough')
  notifier.notify('cancels')
  while (isAlive(pid)) {
    expect(await agentOf(sql, id)).toMatchObject({ status: 'running' })
    await sleep(20)
  }
  expect(await ended(runId)).toMatchObject({ status: 'cancelled', error: 'enough' })
  expect((await agentOf(sql, id)).status).toBe('idle')
})

test('when the lease is lost, everything is killed before the next worker starts, and nothing is written for the old one', async () => {
  const { notifier, lease, skip } = await runnerOf()
  const { id } = await agentThat('sleep 300', { retryOnRunnerLost: 0 })
  const runId = await newRun(id)
  notifier.notify('runs')
  const pid = await until(async () => (await runOf(sql, runId)).processPid)
  const old = lease.workerId()
  skip(2500)
  await until(() => lease.workerId() !== null && lease.workerId() !== old)
  expect(isAlive(pid)).toBe(false)
  expect(await runOf(sql, runId)).toMatchObject({ status: 'running', workerId: old })
  const [server] = await sql`select ended_at, lost from servers where id = ${old}`
  expect(server).toMatchObject({ endedAt: expect.any(Date), lost: true })
})

test('a run that is claimed for a worker that has been lost meanwhile is not started', async () => {
  let begin = () => {}
  const mayBegin = new Promise<void>((resolve) => {
    begin = resolve
  })
  const { notifier, lease, lost, skip } = await runnerOf(5, () => mayBegin)
  const marker = join(dataDir, 'started')
  const { id } = await agentThat(`touch ${marker}`)
  const runId = await newRun(id)
  const old = lease.workerId()
  await sql.begin(async (tx) => {
    // The claim waits for the lock on its events table while the lease is lost.
    await tx`lock table heartbeat_run_events in access exclusive mode`
    notifier.notify('runs')
    await waiters(sql, 1)
    skip(2500)
    await until(() => lost.length > 0)
  })
  expect(await until(async () => (await runOf(sql, runId)).workerId)).toBe(old)
  begin()
  await until(() => lease.workerId())
  const next = await newRun((await agentThat('sleep 0.3')).id)
  notifier.notify('runs')
  expect(await ended(next)).toMatchObject({ status: 'succeeded', workerId: lease.workerId() })
  expect(await runOf(sql, runId)).toMatchObject({ status: 'running', workerId: old, processPid: null })
  expect(existsSync(marker)).toBe(false)
})
