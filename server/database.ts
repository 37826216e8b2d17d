import type { Connection } from '@/db/client'
import { embeddedConnection } from '@/db/embedded/place'
import type { Env } from './env'

/** The database of a server: the one it was given, or the embedded one of its data directory. */
export function connectionOf(env: Pick<Env, 'databaseUrl' | 'dataDir'>): Connection {
  return env.databaseUrl ? { kind: 'url', url: env.databaseUrl } : embeddedConnection(env.dataDir)
}
