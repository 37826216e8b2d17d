import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import type { SocketConnection } from '@/db/connection'
import { isAlive, signalTo } from '@/server/processes/process-table'
import { stopAll } from '@/tests/processes'
import { createProxy, type Proxy as Way } from '@/tests/proxy'
import { newDataDir, startServer, type TestServer } from '@/tests/server'

export type Member = {
  name: string
  dataDir: string
  server(): TestServer | null
  /** Its own way to the database. */
  way: Way
  /** The pid of its runner, where it has one that is known and alive. */
  runnerPid(): Promise<number | null>
  /** Starts it again where it is gone; tries until it stands or `isOver`. */
  revive(): Promise<void>
}

/** One server of several, which is killed and comes back on the same data directory. */
export async function createMember(options: {
  name: string
  sql: RawSql
  database: SocketConnection
  env: Record<string, string>
  isOver(): boolean
}): Promise<Member> {
  const { sql, env } = options
  const { directory, user, database } = options.database
  const way = await createProxy(join(directory, '.s.PGSQL.5432'))
  const databaseUrl = `postgres://${user}@${new URL(way.url).host}/${database}`
  const settings = { databaseUrl, env, dataDir: newDataDir() }
  let current: TestServer | null = null
  async function start() {
    while (!options.isOver() && !current) {
      const started = await startServer(settings).catch(() => null)
      if (!started) continue
      current = started
      void started.exited.then(() => {
        if (current === started) current = null
      })
    }
  }
  return {
    name: options.name,
    way,
    dataDir: settings.dataDir,
    server: () => current,
    revive: start,
    async runnerPid() {
      if (!current) return null
      const [worker] = await sql<[{ runnerPid: number }?]>`
        select runner_pid from servers
        where pid = ${current.pid} and data_dir = ${settings.dataDir} and ended_at is null
        order by started_at desc limit 1`.catch((): [] => [])
      return worker && isAlive(worker.runnerPid) ? worker.runnerPid : null
    },
  }
}

/** SIGSTOP, and SIGCONT after a while: to whoever may have been killed in the meantime. */
export async function freeze(pid: number, forMs: number): Promise<void> {
  signalTo(pid, 'SIGSTOP')
  await sleep(forMs)
  signalTo(pid, 'SIGCONT')
}

/** The server, its runner and all that they run stand still, and go on at one moment; only their clocks do not stop. */
export async function sleepMachine({ dataDir }: Member, forMs: number): Promise<void> {
  const asleep = await stopAll(dataDir)
  await sleep(forMs)
  for (const pid of asleep) signalTo(pid, 'SIGCONT')
}
