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

/** Servers on machines of their own, and the database on a third: all that lies between them are their wires. */
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
  // The database ends in order, before what is left is killed.
  for (const step of undo.reverse()) await step()
  await endServers()
  rmSync(socketDirectory(databaseDir), { recursive: true, force: true })
})

/** Three agents at work: the machine that holds the first of their runs, and a watch on their programs. */
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
    select r.id, r.agent_id, r.server_id, r.process_pid, s.data_dir, s.runner_pid
    from heartbeat_runs r join servers s on s.id = r.server_id
    where r.company_id = ${companyId} and r.status = 'running' order by r.id`
  /** All that runs, once these are there, and their programs have been seen and recorded. */
  const underWay = (isIt: (runs: Held[]) => boolean, what: string) =>
    eventually(async () => {
      const runs = await running()
      const isSeen = (run: Held) => run.processPid !== null && watch.wasSeen(run.id)
      return runs.length === 3 && isIt(runs) && runs.every(isSeen) && runs
    }, what)
  const runs = await underWay(() => true, 'all work is under way')
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
      await eventually(async () => (await running()).length === 0, 'all is over')
    },
  }
}

type Held = {
  id: string
  agentId: string
  serverId: string
  processPid: number | null
  dataDir: string
  runnerPid: number
}

/** The server holds a lease again, another one than before. */
function isBack(sql: RawSql, before: Held) {
  return eventually(async () => {
    const [server] = await sql`
        select from servers where data_dir = ${before.dataDir} and ended_at is null and id <> ${before.serverId}
          and lease_expires_at > now()`
    return server
  }, 'it is back')
}

describe.skipIf(reason)(`machines apart${reason ? ` (not tried: ${reason})` : ''}`, () => {
  let parts: Awaited<ReturnType<typeof connected>>
  beforeAll(async () => {
    parts = await connected()
  })

  test.each(Object.keys(cuts) as Cut[])('the way to the database is %s, and mended', async (cut) => {
    const { network, sql } = parts
    const { watch, runs, held, machine, underWay, finish } = await startWork(sql, cut)
    const stay = runs.filter((run) => run.dataDir !== held.dataDir)
    const cutAt = performance.now()
    network.cut(machine, cut)
    const later = await underWay((now) => now.every((run) => run.dataDir !== held.dataDir), 'the other has taken over')
    const takenOverMs = Math.round(performance.now() - cutAt)
    expect(later).toEqual(expect.arrayContaining(stay))
    network.mend(machine)
    await isBack(sql, held)
    expect(await underWay(() => true, 'the work goes on')).toEqual(later)
    const overlaps = watch.overlaps()
    console.log(`${cut}: taken over after ${takenOverMs} ms, overlaps ${overlaps.length}`)
    expect(overlaps).toEqual([])
    await finish()
  })

  test('a runner is frozen: its own web server kills it and its programs before the other machine judges', async () => {
    const { sql } = parts
    const { watch, held, underWay, finish } = await startWork(sql, 'frozen')
    signalTo(held.runnerPid, 'SIGSTOP')
    await underWay((now) => now.every((run) => run.serverId !== held.serverId), 'its work is taken over')
    await eventually(() => !isAlive(held.runnerPid), 'the frozen runner is gone')
    expect(watch.overlaps()).toEqual([])
    await finish()
  })

  test('a machine sleeps past its lease: awake, it kills its programs, and what it writes changes nothing', async () => {
    const { sql } = parts
    const { watch, held, underWay, finish } = await startWork(sql, 'asleep')
    const asleep = await stopAll(held.dataDir)
    const later = await underWay((now) => now.every((run) => run.dataDir !== held.dataDir), 'the other has taken over')
    const lost = await runOf(sql, held.id)
    const program = held.processPid ?? 0
    expect(isAlive(program)).toBe(true)
    for (const pid of asleep) signalTo(pid, 'SIGCONT')
    const wokenAt = performance.now()
    await eventually(() => !isAlive(program), 'its program is gone')
    console.log(`asleep: its program was gone ${Math.round(performance.now() - wokenAt)} ms after it woke`)
    await isBack(sql, held)
    expect(await underWay(() => true, 'the work goes on')).toEqual(later)
    // How many it had left is recorded where its web server looks for them.
    const { survivorsKilled } = await runOf(sql, held.id)
    expect(await runOf(sql, held.id)).toEqual({ ...lost, survivorsKilled })
    await watch.stop()
    await finish()
  })
})
