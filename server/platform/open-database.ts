import { checkDatabase } from '@/db/check-database'
import { type Connection, connect, type Database } from '@/db/client'
import { lockDataDirectory } from '@/db/embedded/data-directory-lock'
import { migrate } from '@/db/migrate'
import { thisRelease } from '@/db/release'
import { connectionOf, poolSizes } from './database'
import type { Env } from './env'
import type { Log } from './logger'

/**
 * Opens the database of this server, after checking its requirements and migrating it to the schema of this release.
 * Fails with a StartupError.
 */
export async function openDatabase(
  env: Env,
  options: { log: Log; onLost(): void; opened(name: string, stop: () => Promise<void>): void },
): Promise<{ connection: Connection; database: Database }> {
  const { log } = options
  const connection = connectionOf(env)
  const { leaseMs, databaseConnections } = env
  const free = await checkDatabase(connection, { leaseMs, connections: databaseConnections })
  if (free < databaseConnections) {
    log.warn(
      { free, databaseConnections },
      'PostgreSQL has fewer free connections than this server may open: lower REVEILLE_DATABASE_CONNECTIONS, or raise max_connections',
    )
  }
  const before = await migrate(connection)
  const { version, schema } = thisRelease()
  if (before < schema.migrations) log.info({ version, from: before, to: schema.migrations }, 'migrated the database')
  if (env.databaseUrl) {
    const lock = await lockDataDirectory(connection, env.dataDir, { onLost: options.onLost })
    options.opened('data directory', lock.release)
  }
  const database = connect(connection, {
    max: poolSizes(databaseConnections).pool,
    applicationName: `reveille ${env.role}`,
    leaseMs,
  })
  options.opened('pool', database.close)
  return { connection, database }
}
