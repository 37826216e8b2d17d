import type { Connection } from '@/db/client'
import { embeddedConnection } from '@/db/embedded/place'
import type { Env } from './env'

/** One session each: the web server's and the runner's LISTEN, the lease, the lock on the data directory. */
const single = 4

/**
 * How a server's connections are shared out: `pool` is for each of the two clients of `connect`, and the runner has half as
 * many. What remains is one at a time.
 */
export function poolSizes(connections: number): { pool: number; runner: number } {
  const pool = Math.floor(((connections - single) * 2) / 5)
  return { pool, runner: Math.max(2, Math.floor(pool / 2)) }
}

/** The database of a server: the one it was given, or the embedded one of its data directory. */
export function connectionOf(env: Pick<Env, 'databaseUrl' | 'dataDir'>): Connection {
  return env.databaseUrl ? { kind: 'url', url: env.databaseUrl } : embeddedConnection(env.dataDir)
}
