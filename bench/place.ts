import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, type Database } from '@/db/client'
import type { SocketConnection } from '@/db/connection'
import { socketDirectory } from '@/db/embedded/location'
import { startEmbedded } from '@/db/embedded/start'
import { migrate } from '@/db/migrate'
import { endServers, urlOf } from '@/tests/server'

export type Place = { database: Database; databaseUrl: string; connection: SocketConnection }

const silent = { info: () => {}, error: () => {} }

/** A PostgreSQL of its own, with its stock settings and durable commits, for the time of `work`; then all is gone. */
export async function withPlace(work: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-bench-'))
  chmodSync(folder, 0o755)
  const cluster = await startEmbedded({ dataDir: folder, log: silent })
  try {
    await migrate(cluster.connection)
    const database = connect(cluster.connection, { max: 8, applicationName: 'bench' })
    const { connection } = cluster
    await work({ database, databaseUrl: urlOf(connection), connection }).finally(database.close)
  } finally {
    await endServers()
    await cluster.stop()
    rmSync(socketDirectory(folder), { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a plain program of `bench/bare` measured: it loads nothing but what it needs, for a small process spawns faster. */
export function measureBare(name: string, ...args: string[]): unknown {
  const program = fileURLToPath(new URL(`bare/${name}.mjs`, import.meta.url))
  const { stdout } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(stdout)
}
