import { openClient, type RawSql, type SocketConnection } from '@/db/connection'
import { createLease } from '@/server/engine/leases/lease'
import { createNotifier } from '@/server/live/notifier'
import { createLocalLogStore } from '@/server/logs/local'
import { createRunner } from '@/server/runner/runner'
import { secretKey, silent } from './engine'

type Given = {
  dataDir: string
  maxRuns: number
  /** Where the runner's own statements go, if elsewhere. */
  way?: RawSql
  /** When a lease is lost and nothing of it is left. */
  afterLoss?: () => Promise<unknown>
}

/** A runner in this process, with a real lease whose clock can be set forward. */
export async function startRunner(sql: RawSql, connection: SocketConnection, given: Given) {
  const { dataDir, maxRuns } = given
  const leaseClient = openClient(connection, { max: 1, applicationName: 'lease' })
  let skippedMs = 0
  const lost: string[] = []
  const whose = { role: 'runner', host: 'here', machine: 'here', pid: process.pid, dataDir, storeId: 'here' } as const
  const lease = createLease({
    sql: leaseClient,
    leaseMs: 3000,
    identity: { ...whose, runnerPid: null, runnerStartedTicks: null, url: null, maxRuns },
    log: silent,
    clocks: () => ({ monotonicMs: performance.now() + skippedMs, wallMs: 0 }),
    aloneMs: 0,
    async onLost(why) {
      lost.push(why)
      await runner.abandon()
      await given.afterLoss?.()
    },
  })
  const notifier = createNotifier({ sql, group: 'test', hasOthers: () => false, toSibling: () => {}, log: silent })
  const runner = createRunner({
    sql: given.way ?? sql,
    lease,
    notifier,
    logsOf: () => createLocalLogStore({ dataDir, maxBytes: 1_000_000 }),
    log: silent,
    dataDir,
    apiUrl: 'http://127.0.0.1',
    secretKey,
    maxRuns,
    leaseMs: 15_000,
    onLog: () => {},
    onRoom: () => {},
  })
  await lease.start()
  runner.start()
  return {
    lease,
    runner,
    notifier,
    lost,
    skip(ms: number) {
      skippedMs += ms
    },
    async stop() {
      await runner.drain(0)
      await runner.stop()
      await lease.stop()
      await leaseClient.end()
    },
  }
}
