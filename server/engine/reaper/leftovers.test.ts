import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createLocalLogStore } from '@/server/logs/local'
import { machineId } from '@/server/platform/machine'
import { killOrphans } from '@/server/processes/orphans'
import { startedTicksOf } from '@/server/processes/process-table'
import { agent, clear, runOf, silent, started, worker } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { createReaper, type ReaperOptions, reapRuns } from './reaper'
import { recoverLeftovers } from './recover'

const database = await createTestDatabase()
const { sql } = database
const machine = machineId()
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-leftovers-'))
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
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

/** A running run of a worker of this machine that has ended. */
async function lostRun(heartbeat = {}) {
  const { id } = await agent(sql, heartbeat)
  const workerId = await worker(sql, { machine })
  const run = await started(sql, id, workerId)
  await sql`update servers set data_dir = ${dataDir}, ended_at = now() where id = ${workerId}`
  return { run, workerId }
}

const endOf = (runId: string) => eventually(async () => (await runOf(sql, runId)).finishedAt, 'the run has ended', 2000)

/** A program in its own process group, with the run's id in its environment. */
function programOf(runId: string): { pid: number; child: ChildProcess } {
  const child = spawn('sleep', ['300'], { detached: true, env: { ...process.env, REVEILLE_RUN_ID: runId } })
  undo.push(() => child.kill('SIGKILL'))
  return { pid: child.pid ?? 0, child }
}

test('the orphans of a run on this machine are killed before it ends, and its log is sealed', async () => {
  const { run } = await lostRun()
  const { pid, child } = programOf(run.id)
  await sql`
    update heartbeat_runs set process_pid = ${pid}, process_started_ticks = ${startedTicksOf(pid)} where id = ${run.id}`
  const writer = await logs.open(run.id)
  const grew = new Promise((resolve) => writer.onGrew(resolve))
  await writer.append('stdout', Buffer.from('half a li'))
  await grew
  const died = once(child, 'exit')
  await eventually(async () => (await reapRuns(options)) === 1, 'the run has ended')
  expect((await died)[1]).toBe('SIGKILL')
  expect(await runOf(sql, run.id)).toMatchObject({ survivorsKilled: 1, logBytes: 9, logRef: run.id })
  await writer.close()
})

test('another program that got the same pid is not killed', async () => {
  const { run } = await lostRun()
  const { pid, child } = programOf('another')
  await sql`update heartbeat_runs set process_pid = ${pid}, process_started_ticks = '1' where id = ${run.id}`
  expect(await reapRuns(options)).toBe(1)
  expect(await runOf(sql, run.id)).toMatchObject({ survivorsKilled: 0 })
  expect(child.exitCode ?? child.signalCode).toBeNull()
})

test('a lost run whose process does not die is killed once, and does not block others', async () => {
  const { run: stuck } = await lostRun({ retryOnRunnerLost: 0 })
  const killed: string[] = []
  let die = (_count: number) => {}
  const dying = new Promise<number>((resolve) => {
    die = resolve
  })
  const loop = createReaper({
    ...options,
    kill(leftover) {
      killed.push(leftover.runId)
      return leftover.runId === stuck.id ? dying : killOrphans(leftover)
    },
  })
  undo.push(() => loop.stop())
  loop.start()
  await eventually(() => killed.includes(stuck.id), 'the stuck run is being killed')
  for (let n = 0; n < 5; n++) {
    const { run } = await lostRun()
    await endOf(run.id)
  }
  expect(killed.filter((runId) => runId === stuck.id)).toHaveLength(1)
  expect((await runOf(sql, stuck.id)).status).toBe('running')
  die(3)
  await endOf(stuck.id)
  expect(await runOf(sql, stuck.id)).toMatchObject({ errorCode: 'runner_lost', survivorsKilled: 3 })
})

test('a lost run ends even if its files cannot be removed', async () => {
  const { run, workerId } = await lostRun()
  const noFolder = join(dataDir, 'no-folder')
  writeFileSync(noFolder, '')
  await sql`update servers set data_dir = ${noFolder} where id = ${workerId}`
  expect(await recoverLeftovers(options)).toEqual([run.id])
})

test('a lost run whose orphans cannot be killed does not block others, nor the start of the server', async () => {
  const { run: spoiled } = await lostRun()
  const { run } = await lostRun()
  const errors: unknown[] = []
  const log = Object.assign(Object.create(silent), { error: (what: unknown) => errors.push(what) })
  const kill: ReaperOptions['kill'] = async (leftover) => {
    if (leftover.runId === spoiled.id) throw new Error('no descriptor is left')
    return await killOrphans(leftover)
  }
  expect(await recoverLeftovers({ ...options, log, kill })).toEqual([run.id])
  expect(errors).toEqual([expect.objectContaining({ runId: spoiled.id })])
  expect(await recoverLeftovers(options)).toEqual([spoiled.id])
})
