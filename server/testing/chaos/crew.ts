import type { RawSql } from '@/db/client'
import { isAlive, signalTo } from '@/server/processes/process-table'
import { type ServerOptions, startServer, type TestServer } from '@/server/testing/server'

export type Member = {
  name: string
  dataDir: string
  server(): TestServer | null
  /** The pid of its runner, where it has one that is known and alive. */
  runnerPid(): Promise<number | null>
  /** Starts it again where it is gone; tries until it stands or `isOver`. */
  revive(): Promise<void>
}

/** One server of several, which is killed and comes back on the same data directory. */
export function createMember(options: {
  name: string
  sql: RawSql
  settings: ServerOptions & { dataDir: string }
  isOver(): boolean
}): Member {
  const { sql, settings } = options
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
    dataDir: settings.dataDir,
    server: () => current,
    revive: start,
    async runnerPid() {
      if (!current) return null
      const [life] = await sql<[{ runnerPid: number }?]>`
        select runner_pid from servers
        where pid = ${current.pid} and data_dir = ${settings.dataDir} and ended_at is null
        order by started_at desc limit 1`.catch((): [] => [])
      return life && isAlive(life.runnerPid) ? life.runnerPid : null
    },
  }
}

/** SIGSTOP, and SIGCONT after a while: to whoever may have been killed in the meantime. */
export async function freeze(pid: number, forMs: number): Promise<void> {
  signalTo(pid, 'SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, forMs))
  signalTo(pid, 'SIGCONT')
}
