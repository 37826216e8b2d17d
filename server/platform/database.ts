import type { Connection } from '@/db/client'
import { embeddedConnection } from '@/db/embedded/location'
import type { Env } from './env'

/** One session each: the web server's and the runner's LISTEN, the lease, the lock on the data directory. */
const single = 4

/** Divides a server's connections between the web server's pool and the runner's, which is half as large. */
export function poolSizes(connections: number): { pool: number; runner: number } {
  const pool = Math.floor(((connections - single) * 2) / 3)
  return { pool, runner: Math.max(2, Math.floor(pool / 2)) }
}

/** The database of a server: the one it was given, or the embedded one of its data directory. */
export function connectionOf(env: Pick<Env, 'databaseUrl' | 'dataDir'>): Connection {
  return env.databaseUrl ? { kind: 'url', url: env.databaseUrl } : embeddedConnection(env.dataDir)
}
