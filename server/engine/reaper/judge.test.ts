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
import { agent, clear, life, runOf, silent, started } from '@/tests/engine'
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

/** A run of a server, of this machine unless another is given, whose lease ran out. */
async function lostRun(of = machine) {
  const { id } = await agent(sql)
  const serverId = await life(sql, { machine: of })
  const run = await started(sql, id, serverId)
  await sql`
    update servers set data_dir = ${dataDir}, lease_expires_at = now() - interval '1 second' where id = ${serverId}`
  return { run, serverId }
}

/** Resolves when the loop has ticked three times, as `count` says. */
async function threeTicks(loop: Loop, count: () => number): Promise<void> {
  const before = count()
  await eventually(() => {
    loop.trigger()
    return count() >= before + 3
  }, 'three ticks')
}

test('a server that was alone on another machine is judged when its row says, and not before', async () => {
  const { run, serverId } = await lostRun('elsewhere')
  await sql`update servers set alone_until = now() + interval '1 hour' where id = ${serverId}`
  let ticks = 0
  const loop = createReaper({ ...options, now: () => ++ticks })
  loops.push(loop)
  loop.start()
  await threeTicks(loop, () => ticks)
  expect((await runOf(sql, run.id)).status).toBe('running')
  await sql`update servers set alone_until = now() - interval '1 second' where id = ${serverId}`
  await eventually(async () => (await runOf(sql, run.id)).errorCode === 'runner_lost', 'the run has ended')
})

test('a server that was alone is judged by its lease on its own machine, even if its runner lives', async () => {
  const { run, serverId } = await lostRun()
  await sql`
    update servers set alone_until = now() + interval '1 hour', runner_pid = ${process.pid},
      runner_started_ticks = ${startedTicksOf(process.pid)}
    where id = ${serverId}`
  const loop = createReaper(options)
  loops.push(loop)
  loop.start()
  await eventually(async () => (await runOf(sql, run.id)).errorCode === 'runner_lost', 'the run has ended')
})

test('lost runs that do not die hide none of those behind them, however many they are', async () => {
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

test('what is left of a run that another machine has ended is killed by the next start on its own', async () => {
  const { run, serverId } = await lostRun()
  const child = spawn('sleep', ['300'], { detached: true, env: { ...process.env, REVEILLE_RUN_ID: run.id } })
  children.push(child)
  const pid = child.pid ?? 0
  await sql`
    update heartbeat_runs set process_pid = ${pid}, process_started_ticks = ${startedTicksOf(pid)} where id = ${run.id}`
  await sql`update servers set ended_at = now(), lost = true where id = ${serverId}`
  expect(await reapRuns({ ...options, machine: 'elsewhere' })).toBe(1)
  expect([child.exitCode, child.signalCode]).toEqual([null, null])
  expect((await runOf(sql, run.id)).survivorsKilled).toBeNull()

  const died = once(child, 'exit')
  await recoverLeftovers(options)
  expect((await died)[1]).toBe('SIGKILL')
  await eventually(async () => (await runOf(sql, run.id)).survivorsKilled === 1, 'it is recorded')
  await recoverLeftovers({ ...options, kill: () => Promise.reject(new Error('it was looked for already')) })
})

test('a web server replaces its runner in the last sixth of its lease, when nobody else judges yet', async () => {
  const serverId = await life(sql, { leaseMs: 60_000 })
  const replaced: string[] = []
  let ticks = 0
  const leaseMs = 6000
  const loop = createRunnerWatch({
    sql,
    leaseMs,
    log: silent,
    serverId() {
      ticks += 1
      return serverId
    },
    replace: (id) => replaced.push(id),
  })
  loops.push(loop)
  // The database of the tests is younger than a lease may be.
  await eventually(
    async () => {
      const [row] = await sql`select now() - pg_postmaster_start_time() > interval '6 s' as is_settled`
      return row?.isSettled
    },
    'the database has been up for a lease',
    40_000,
  )
  loop.start()
  await sql`update servers set lease_expires_at = now() + interval '60 s' where id = ${serverId}`
  await threeTicks(loop, () => ticks)
  expect(replaced).toEqual([])
  await sql`update servers set lease_expires_at = now() + interval '500 ms' where id = ${serverId}`
  await eventually(() => {
    loop.trigger()
    return replaced.length > 0
  }, 'the runner is replaced')
  expect(replaced[0]).toBe(serverId)
})
