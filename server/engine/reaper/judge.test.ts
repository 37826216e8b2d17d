import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createLocalLogStore } from '@/server/logs/local'
import type { Loop } from '@/server/platform/loop'
import { machineId } from '@/server/platform/machine'
import { startedTicksOf } from '@/server/processes/process-table'
import { agent, clear, runOf, silent, started, worker } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { createReaper, type ReaperOptions, reapRuns } from './reaper'
import { recoverLeftovers } from './recover'
import { createRunnerWatch } from './runner-watch'

const database = await createTestDatabase()
const { sql } = database
const machine = machineId()
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-judge-'))
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
const options: ReaperOptions = {
  sql,
  machine,
  leaseMs: 300,
  log: silent,
  logs: { directory: { dataDir: '', storeId: '' }, own: logs, at: () => logs },
  onReaped: () => {},
}

/** A run of a worker whose lease ran out, on this machine by default. */
async function lostRun(of = machine) {
  const { id } = await agent(sql)
  const workerId = await worker(sql, { machine: of })
  const run = await started(sql, id, workerId)
  await sql`
    update servers set data_dir = ${dataDir}, lease_expires_at = now() - interval '1 second' where id = ${workerId}`
  return { run, workerId }
}

/** Resolves when the loop has ticked three times, counted by `count`. */
async function threeTicks(loop: Loop, count: () => number): Promise<void> {
  const before = count()
  await eventually(() => {
    loop.trigger()
    return count() >= before + 3
  }, 'three ticks')
}

test('a worker that was alone on another machine is judged after `alone_until`, not before', async () => {
  const { run, workerId } = await lostRun('elsewhere')
  await sql`update servers set alone_until = now() + interval '1 hour' where id = ${workerId}`
  let ticks = 0
  const loop = createReaper({ ...options, now: () => ++ticks })
  loops.push(loop)
  loop.start()
  await threeTicks(loop, () => ticks)
  expect((await runOf(sql, run.id)).status).toBe('running')
  await sql`update servers set alone_until = now() - interval '1 second' where id = ${workerId}`
  await eventually(async () => (await runOf(sql, run.id)).errorCode === 'runner_lost', 'the run has ended')
})

test('on its own machine a worker that was alone is judged by its lease, even if its runner is alive', async () => {
  const { run, workerId } = await lostRun()
  await sql`
    update servers set alone_until = now() + interval '1 hour', runner_pid = ${process.pid},
      runner_started_ticks = ${startedTicksOf(process.pid)}
    where id = ${workerId}`
  const loop = createReaper(options)
  loops.push(loop)
  loop.start()
  await eventually(async () => (await runOf(sql, run.id)).errorCode === 'runner_lost', 'the run has ended')
})

test('lost runs whose processes do not die do not block those behind them, however many they are', async () => {
  const runs: string[] = []
  for (let n = 0; n < 7; n++) runs.push((await lostRun()).run.id)
  await sql`update servers set ended_at = now()`
  const stuck = runs.toSorted().slice(0, 4)
  const kill: ReaperOptions['kill'] = ({ runId }) =>
    stuck.includes(runId) ? new Promise(() => {}) : Promise.resolve(0)
  expect(await reapRuns({ ...options, kill, pageSize: 2 })).toBe(3)
  const left = await sql<{ id: string }[]>`select id from heartbeat_runs where status = 'running' order by id`
  expect(left.map(({ id }) => id)).toEqual(stuck)
})

test('orphans of a run that another machine has ended are killed by the next start on their machine', async () => {
  const { run, workerId } = await lostRun()
  const child = spawn('sleep', ['300'], { detached: true, env: { ...process.env, REVEILLE_RUN_ID: run.id } })
  children.push(child)
  const pid = child.pid ?? 0
  await sql`
    update heartbeat_runs set process_pid = ${pid}, process_started_ticks = ${startedTicksOf(pid)} where id = ${run.id}`
  await sql`update servers set ended_at = now(), lost = true where id = ${workerId}`
  expect(await reapRuns({ ...options, machine: 'elsewhere' })).toBe(1)
  expect([child.exitCode, child.signalCode]).toEqual([null, null])
  expect((await runOf(sql, run.id)).survivorsKilled).toBeNull()

  const died = once(child, 'exit')
  await recoverLeftovers(options)
  expect((await died)[1]).toBe('SIGKILL')
  await eventually(async () => (await runOf(sql, run.id)).survivorsKilled === 1, 'the number of orphans is recorded')
  await recoverLeftovers({ ...options, kill: () => Promise.reject(new Error('the orphans were already killed')) })
})

test('a web server replaces its runner in the last sixth of its lease, before other servers judge it', async () => {
  const workerId = await worker(sql, { leaseMs: 60_000 })
  const replaced: string[] = []
  let ticks = 0
  const leaseMs = 6000
  const loop = createRunnerWatch({
    sql,
    leaseMs,
    log: silent,
    workerId() {
      ticks += 1
      return workerId
    },
    replace: (id) => replaced.push(id),
  })
  loops.push(loop)
  // The test's database may have been up for less than a lease.
  await eventually(
    async () => {
      const [row] = await sql`select now() - pg_postmaster_start_time() > interval '6 s' as is_settled`
      return row?.isSettled
    },
    'the database has been up for a lease',
    40_000,
  )
  loop.start()
  await sql`update servers set lease_expires_at = now() + interval '60 s' where id = ${workerId}`
  await threeTicks(loop, () => ticks)
  expect(replaced).toEqual([])
  await sql`update servers set lease_expires_at = now() + interval '500 ms' where id = ${workerId}`
  await eventually(() => {
    loop.trigger()
    return replaced.length > 0
  }, 'the runner is replaced')
  expect(replaced[0]).toBe(workerId)
})
