import { hostname } from 'node:os'
import { type Connection, openClient } from '@/db/connection'
import { createLease, type Lease, type LeaseOptions } from '@/server/engine/leases/lease'
import { storeIdOf } from '@/server/logs/log-stores'
import type { Env } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import { machineId } from '@/server/platform/machine'

/** A lease of this server, on a database connection of its own, which `stop` closes. */
export function openLease(
  { env, log, connection }: { env: Env; log: Log; connection: Connection },
  options: Omit<LeaseOptions, 'sql' | 'log' | 'leaseMs' | 'identity'> & {
    identity: Omit<LeaseOptions['identity'], 'role' | 'host' | 'machine' | 'dataDir' | 'storeId'>
  },
): Lease {
  const { leaseMs, role, dataDir } = env
  const sql = openClient(connection, { max: 1, applicationName: 'reveille lease', leaseMs })
  const place = { role, host: hostname(), machine: machineId(), dataDir, storeId: storeIdOf(dataDir) }
  const lease = createLease({ ...options, sql, log, leaseMs, identity: { ...place, ...options.identity } })
  return {
    ...lease,
    async stop() {
      await lease.stop()
      await sql.end({ timeout: 5 })
    },
  }
}
