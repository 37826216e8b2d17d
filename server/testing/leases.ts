import type { SocketConnection } from '@/db/connection'
import { openClient, type RawSql } from '@/db/connection'
import type { Reading } from '@/server/leases/clocks'
import { createLease, type Lease } from '@/server/leases/lease'
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
      const told = { lost: [] as string[], lives: [] as string[], renewals: 0, others: false }
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
        onLife: (serverId) => told.lives.push(serverId),
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
  const call = (strings: TemplateStringsArray, ...values: never[]) => {
    way.attempts += 1
    const asked = (way.state === 'refused' ? refused : up)(strings, ...values)
    if (way.state !== 'deaf') return asked
    return asked.then(() => Promise.reject(Object.assign(new Error('no answer'), { code: 'CONNECTION_CLOSED' })))
  }
  // Called as a function alone: that is all that a lease does with it.
  return Object.assign(way, { sql: call as unknown as RawSql })
}
