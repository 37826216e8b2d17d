import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import type { Ended } from '@/server/engine/runs/ending'
import { createLocalLogStore } from '@/server/logs/local'
import type { Loop } from '@/server/platform/loop'
import { machineId } from '@/server/platform/machine'
import { startedTicksOf } from '@/server/processes/process-table'
import { agent, claimOne, clear, ends, runOf, silent, started, worker } from '@/tests/engine'
import { createReaper, type ReaperOptions, reapRuns } from './reaper'
import { recoverLeftovers } from './recover'

const database = await createTestDatabase()
const { sql } = database
const machine = machineId()
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-reaper-'))
const loops: Loop[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()))
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await clear(sql)
})
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})

const logs = createLocalLogStore({ dataDir, maxBytes: 1_000_000 })
const reaped: Ended[] = []
const options: ReaperOptions = {
  sql,
  machine,
  leaseMs: 300,
  log: silent,
  logs: { directory: { dataDir: '', storeId: '' }, own: logs, at: () => logs },
  onReaped: (ended) => reaped.push(...ended),
}

function reaperOf(more: Partial<ReaperOptions> = {}): Loop {
  const loop = createReaper({ ...options, ...more })
  loops.push(loop)
  loop.start()
  return loop
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(5)
}

const hasEnded = async (runId: string) => (await runOf(sql, runId)).finishedAt !== null

/** A worker of this machine whose lease has run out, with a run. */
async function lostRun(heartbeat = {}) {
  const { id } = await agent(sql, heartbeat)
  const workerId = await worker(sql, { machine })
  await sql`update servers set data_dir = ${dataDir} where id = ${workerId}`
  const run = await started(sql, id, workerId)
  await sql`update servers set lease_expires_at = now() - interval '1 second' where id = ${workerId}`
  return { run, workerId }
}

/** A program in its own process group, with the run's id in its environment. */
function programOf(runId: string): { pid: number; child: ChildProcess } {
  const child = spawn('sleep', ['300'], { detached: true, env: { ...process.env, REVEILLE_RUN_ID: runId } })
  children.push(child)
  return { pid: child.pid ?? 0, child }
}

test('a worker whose lease ran out is lost: its runs end and are retried; runs of other workers continue', async () => {
  const { run, workerId } = await lostRun()
  const other = await started(sql, (await agent(sql)).id, await worker(sql))
  reaperOf()
  await until(() => hasEnded(run.id))
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'failed', errorCode: 'runner_lost', slot: null })
  const [server] = await sql`select lost, ended_at from servers where id = ${workerId}`
  expect(server).toMatchObject({ lost: true, endedAt: expect.any(Date) })
  expect((await runOf(sql, other.id)).status).toBe('running')
  const again = await claimOne(sql, await worker(sql))
  expect((await runOf(sql, again.id)).retryOfRunId).toBe(run.id)
})

test('writes of a worker that was declared lost change nothing', async () => {
  const { run, workerId } = await lostRun({ retryOnRunnerLost: 0 })
  reaperOf()
  await until(() => hasEnded(run.id))
  expect(await ends(sql, run, workerId)).toEqual([])
  expect((await runOf(sql, run.id)).status).toBe('failed')
})

test('several reapers at once end each run once', async () => {
  const runs = []
  for (let n = 0; n < 5; n++) runs.push((await lostRun()).run)
  await sql`update servers set ended_at = now() where machine = ${machine}`
  const counts = await Promise.all([1, 2, 3].map(() => reapRuns({ ...options, machine: 'elsewhere' })))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5)
  const queued = await sql`select retry_of_run_id from heartbeat_runs where status = 'queued'`
  expect(queued.map(({ retryOfRunId }) => retryOfRunId).toSorted()).toEqual(runs.map(({ id }) => id).toSorted())
})

test('a lost run that cannot be ended does not block others, nor the judging of workers', async () => {
  const { run: stuck } = await lostRun()
  const { run } = await lostRun()
  await sql`
    alter table heartbeat_runs add constraint refused check (id <> ${sql.unsafe(`'${stuck.id}'`)} or status <> 'failed')`
  try {
    reaperOf()
    await until(() => hasEnded(run.id))
    const { run: later } = await lostRun()
    await until(() => hasEnded(later.id))
    expect((await runOf(sql, stuck.id)).status).toBe('running')
  } finally {
    await sql`alter table heartbeat_runs drop constraint refused`
  }
  await until(() => hasEnded(stuck.id))
})

test('no worker is judged within a lease after the start of the database', async () => {
  const { run } = await lostRun()
  const [{ up }] = await sql<[{ up: number }]>`
    select extract(epoch from now() - pg_postmaster_start_time())::float8 * 1000 as up`
  const passes: number[] = []
  const counting = { ...options, leaseMs: up + 60_000 }
  const loop = createReaper({ ...counting, now: () => passes.push(1) })
  loops.push(loop)
  loop.start()
  while (passes.length < 3) {
    loop.trigger()
    await sleep(5)
  }
  expect((await runOf(sql, run.id)).status).toBe('running')
  reaperOf()
  await until(() => hasEnded(run.id))
})

test('after a failure the reaper judges no worker until the database has answered for a lease', async () => {
  const { run } = await lostRun()
  const gone = openClient({ ...database.connection, database: 'not_there_yet' }, { max: 1, applicationName: 'reaper' })
  const failures: unknown[] = []
  let isBack = false
  let clock = 1_000_000
  const connection = new Proxy(sql, {
    apply: (_target, _self, args) => Reflect.apply(isBack ? sql : gone, undefined, args),
    get: (_target, key) => Reflect.get(isBack ? sql : gone, key),
  })
  const log = Object.assign(Object.create(silent), { error: (what: unknown) => failures.push(what) })
  let looks = 0
  const loop = reaperOf({
    sql: connection,
    log,
    now: () => {
      looks += 1
      return clock
    },
  })
  await until(async () => failures.length > 0)
  isBack = true
  const before = looks
  while (looks < before + 4) {
    loop.trigger()
    await sleep(5)
  }
  expect((await runOf(sql, run.id)).status).toBe('running')
  clock += 300
  await until(() => hasEnded(run.id))
  await loop.stop()
  await gone.end()
})

test('at start, workers of this machine with a dead runner are ended without waiting; live ones are not', async () => {
  const { id: agentId } = await agent(sql, { maxConcurrentRuns: 3 })
  const [dead, reused, living, elsewhere] = await Promise.all([
    worker(sql, { machine }),
    worker(sql, { machine }),
    worker(sql, { machine }),
    worker(sql),
  ])
  const { pid, child } = programOf('none')
  const ticks = startedTicksOf(process.pid)
  await sql`update servers set data_dir = ${dataDir}, runner_pid = ${pid}, runner_started_ticks = '5' where id = ${dead}`
  await sql`update servers set data_dir = ${dataDir}, runner_pid = ${process.pid}, runner_started_ticks = '5' where id = ${reused}`
  await sql`update servers set runner_pid = ${process.pid}, runner_started_ticks = ${ticks} where id = ${living}`
  await sql`update servers set runner_pid = ${pid} where id = ${elsewhere}`
  const runs = []
  for (const workerId of [dead, reused, living]) runs.push(await started(sql, agentId, workerId))
  const died = once(child, 'exit')
  child.kill('SIGKILL')
  await died

  const ended = await recoverLeftovers(options)
  expect(ended.toSorted()).toEqual([runs[0]?.id, runs[1]?.id].toSorted())
  expect((await runOf(sql, runs[2]?.id ?? '')).status).toBe('running')
  const [row] = await sql`select ended_at from servers where id = ${elsewhere}`
  expect(row?.endedAt).toBeNull()
})

test('a lost run whose agent is locked for long does not block others, nor the start of a server', async () => {
  const [one, other] = [await lostRun(), await lostRun()]
  await sql`update servers set ended_at = now() where id in ${sql([one.workerId, other.workerId])}`
  const withTimeout = openClient(database.connection, { max: 2, applicationName: 'reaper', leaseMs: 600 })
  await sql.begin(async (tx) => {
    await tx`select from agents where id = ${one.run.agentId} for no key update`
    await recoverLeftovers({ ...options, sql: withTimeout })
    expect(await hasEnded(other.run.id)).toBe(true)
    expect(await hasEnded(one.run.id)).toBe(false)
  })
  await recoverLeftovers({ ...options, sql: withTimeout })
  expect(await hasEnded(one.run.id)).toBe(true)
  await withTimeout.end()
})
