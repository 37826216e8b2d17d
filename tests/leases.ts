import type { SocketConnection } from '@/db/connection'
import { openClient, type RawSql } from '@/db/connection'
import type { Reading } from '@/server/engine/leases/clocks'
import { createLease, type Lease } from '@/server/engine/leases/lease'
import { silent } from './engine'

type Given = {
  leaseMs?: number
  aloneMs?: number
  connection?: RawSql
  clocks?: () => Reading
  onLost?(): Promise<void>
}

const identity = {
  role: 'runner',
  host: 'here',
  machine: 'here',
  pid: 1,
  dataDir: '/nowhere',
  storeId: 'nowhere',
  runnerPid: null,
  runnerStartedTicks: null,
  url: null,
  maxRuns: 10,
} as const

/** Leases on one database, each with a record of what it told; `stop` stops them all. */
export function createLeases(client: RawSql) {
  const leases: Lease[] = []
  return {
    /** `renewals` counts answers of the database. */
    leaseOf(given: Given = {}) {
      const told = { lost: [] as string[], workers: [] as string[], renewals: 0, others: false }
      const lease = createLease({
        sql: given.connection ?? client,
        identity,
        leaseMs: given.leaseMs ?? 600,
        aloneMs: given.aloneMs ?? 0,
        log: silent,
        ...(given.clocks && { clocks: given.clocks }),
        async onLost(why) {
          told.lost.push(why)
          await given.onLost?.()
        },
        onWorkerStarted: (workerId) => told.workers.push(workerId),
        onRenewed(others) {
          told.renewals += 1
          told.others = others
        },
      })
      leases.push(lease)
      return { lease, told }
    },
    stop: () => Promise.all(leases.splice(0).map((lease) => lease.stop())),
  }
}

/** A server's way to the database, which may be refused, or lose the answers. `attempts` counts statements. */
export function createWay(up: RawSql, connection: SocketConnection) {
  const refused = openClient({ ...connection, directory: '/nowhere-at-all' }, { max: 1, applicationName: 'refused' })
  const way = { state: 'open' as 'open' | 'refused' | 'deaf', attempts: 0, close: () => refused.end() }
  const sql = intercept(async (_statement, send) => {
    way.attempts += 1
    const { state } = way
    const answer = await send(state === 'refused' ? refused : up)
    if (state === 'deaf') throw Object.assign(new Error('no answer'), { code: 'CONNECTION_CLOSED' })
    return answer
  })
  return Object.assign(way, { sql })
}

/** A client whose statements go through `pass`, which may send them, refuse them or withhold their answers. */
export function intercept(
  pass: (statement: string, send: (client: RawSql) => Promise<unknown>) => Promise<unknown>,
): RawSql {
  const unsafe = (...[statement, ...rest]: Parameters<RawSql['unsafe']>) => {
    let asArrays = false
    const send = async (client: RawSql) => {
      const query = client.unsafe(statement, ...rest)
      return await (asArrays ? query.values() : query)
    }
    // In a moment: Drizzle first says in which form it takes the rows.
    const answer = Promise.resolve().then(() => pass(statement, send))
    const values = () => {
      asArrays = true
      return answer
    }
    return Object.assign(answer, { values })
  }
  // Drizzle asks its client for nothing else.
  return { unsafe } as unknown as RawSql
}
