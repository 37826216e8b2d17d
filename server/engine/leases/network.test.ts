import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openClient, type RawSql } from '@/db/connection'
import { embeddedConnection, socketDirectory } from '@/db/embedded/location'
import { packageRoot } from '@/db/package-root'
import { createCompany } from '@/server/agents/companies/write'
import { createAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import { isAlive, signalTo } from '@/server/processes/process-table'
import { runOf, secretKey, system, wake } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { type Cut, createNamespaces, cuts, whyNoNamespaces } from '@/tests/network/namespaces'
import { stopAll } from '@/tests/processes'
import { watchPrograms } from '@/tests/program-watch'
import { endServers, launchServer, newDataDir } from '@/tests/server'

const reason = whyNoNamespaces()
const leaseMs = 3000
const machines = ['north', 'south']
const dataDirs = new Map(machines.map((machine) => [machine, newDataDir()]))
const databaseDir = newDataDir()
const undo: (() => unknown)[] = []

/** Servers on two machines, and the database on a third, connected only by a simulated network. */
async function connected() {
  const network = createNamespaces(machines)
  undo.push(network.remove)
  const [command, ...args] = network.inDatabase
  const program = ['--import', 'tsx', 'tests/network/database.ts', databaseDir]
  const database = spawn(command ?? '', [...args, process.execPath, ...program], {
    cwd: packageRoot(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  undo.push(async () => {
    database.stdin.end()
    await once(database, 'exit')
  })
  await once(database.stdout, 'data')
  const connection = embeddedConnection(databaseDir)
  const sql = openClient(connection, { max: 4, applicationName: 'test' })
  undo.push(() => sql.end())
  for (const [machine, dataDir] of dataDirs) {
    const { ready } = await launchServer({
      dataDir,
      within: network.on(machine),
      databaseUrl: `postgres://${connection.user}@${network.addressFor(machine)}/${connection.database}`,
      env: { REVEILLE_LEASE_SEC: String(leaseMs / 1000), LOG_LEVEL: 'fatal' },
    })
    await ready
  }
  return { network, sql }
}

afterAll(async () => {
  // The database stops in order before the remaining processes are killed.
  for (const step of undo.reverse()) await step()
  await endServers()
  rmSync(socketDirectory(databaseDir), { recursive: true, force: true })
})

/** Starts three agents; returns the machine that holds the first run, and a watch on their programs. */
async function startWork(sql: RawSql, what: string) {
  const { id: companyId } = await createCompany(sql, system, { name: what })
  for (const name of ['one', 'two', 'three']) {
    const agent = await createAgent(sql, system, secretKey, {
      companyId: companyId as CompanyId,
      name,
      adapterType: 'process',
      adapterConfig: { command: '/bin/sh', args: ['-c', 'while :; do sleep 0.05; done'], cwd: '/' },
      runtimeConfig: { heartbeat: { retryOnRunnerLost: 10 } },
    })
    await wake(sql, agent.id)
  }
  const watch = watchPrograms(companyId)
  const running = () => sql<Held[]>`
    select r.id, r.agent_id, r.server_id as worker_id, r.process_pid, s.data_dir, s.runner_pid
    from heartbeat_runs r join servers s on s.id = r.server_id
    where r.company_id = ${companyId} and r.status = 'running' order by r.id`
  /** All that runs, once these are there, and their programs have been seen and recorded. */
  const underWay = (isReached: (runs: Held[]) => boolean, what: string) =>
    eventually(async () => {
      const runs = await running()
      const isSeen = (run: Held) => run.processPid !== null && watch.wasSeen(run.id)
      return runs.length === 3 && isReached(runs) && runs.every(isSeen) && runs
    }, what)
  const runs = await underWay(() => true, 'all runs are running')
  const [held] = runs
  if (!held) throw new Error('nothing runs')
  return {
    watch,
    runs,
    held,
    underWay,
    machine: machines.find((machine) => dataDirs.get(machine) === held.dataDir) ?? '',
    async finish() {
      await watch.stop()
      await sql`
        update heartbeat_runs set cancel_requested_at = now(), cancel_code = 'cancelled'
        where company_id = ${companyId} and status = 'running'`
      await eventually(async () => (await running()).length === 0, 'no run is running')
    },
  }
}

type Held = {
  id: string
  agentId: string
  workerId: string
  processPid: number | null
  dataDir: string
  runnerPid: number
}

/** Resolves when the server has a new worker. */
function isBack(sql: RawSql, before: Held) {
  return eventually(async () => {
    const [server] = await sql`
        select from servers where data_dir = ${before.dataDir} and ended_at is null and id <> ${before.workerId}
          and lease_expires_at > now()`
    return server
  }, 'the server has a new worker')
}

describe.skipIf(reason)(`machines apart${reason ? ` (not tried: ${reason})` : ''}`, () => {
  let parts: Awaited<ReturnType<typeof connected>>
  beforeAll(async () => {
    parts = await connected()
  })

  test.each(Object.keys(cuts) as Cut[])('the connection to the database is %s, and restored', async (cut) => {
    const { network, sql } = parts
    const { watch, runs, held, machine, underWay, finish } = await startWork(sql, cut)
    const stay = runs.filter((run) => run.dataDir !== held.dataDir)
    const cutAt = performance.now()
    network.cut(machine, cut)
    const later = await underWay(
      (now) => now.every((run) => run.dataDir !== held.dataDir),
      'the other server runs the work',
    )
    const takenOverMs = Math.round(performance.now() - cutAt)
    expect(later).toEqual(expect.arrayContaining(stay))
    network.mend(machine)
    await isBack(sql, held)
    expect(await underWay(() => true, 'the runs are running')).toEqual(later)
    const overlaps = watch.overlaps()
    console.log(`${cut}: taken over after ${takenOverMs} ms, overlaps ${overlaps.length}`)
    expect(overlaps).toEqual([])
    await finish()
  })

  test('a runner is frozen: its own web server kills it and its programs before the other machine judges', async () => {
    const { sql } = parts
    const { watch, held, underWay, finish } = await startWork(sql, 'frozen')
    signalTo(held.runnerPid, 'SIGSTOP')
    await underWay((now) => now.every((run) => run.workerId !== held.workerId), 'another worker runs its work')
    await eventually(() => !isAlive(held.runnerPid), 'the frozen runner has ended')
    expect(watch.overlaps()).toEqual([])
    await finish()
  })

  test('a machine sleeps past its lease: after waking up it kills its programs, and its writes change nothing', async () => {
    const { sql } = parts
    const { watch, held, underWay, finish } = await startWork(sql, 'asleep')
    const asleep = await stopAll(held.dataDir)
    const later = await underWay(
      (now) => now.every((run) => run.dataDir !== held.dataDir),
      'the other server runs the work',
    )
    const lost = await runOf(sql, held.id)
    const program = held.processPid ?? 0
    expect(isAlive(program)).toBe(true)
    for (const pid of asleep) signalTo(pid, 'SIGCONT')
    const wokenAt = performance.now()
    await eventually(() => !isAlive(program), 'its program has ended')
    console.log(`asleep: its program was gone ${Math.round(performance.now() - wokenAt)} ms after it woke`)
    await isBack(sql, held)
    expect(await underWay(() => true, 'the runs are running')).toEqual(later)
    // Its own web server kills its orphans and records their number.
    const { survivorsKilled } = await runOf(sql, held.id)
    expect(await runOf(sql, held.id)).toEqual({ ...lost, survivorsKilled })
    await watch.stop()
    await finish()
  })
})
