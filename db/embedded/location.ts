import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SocketConnection } from '@/db/connection'

export const embeddedUser = 'reveille'

/** The connection to the embedded database of a data directory, running or not; the same in every process. */
export function embeddedConnection(dataDir: string): SocketConnection {
  return { kind: 'socket', directory: socketDirectory(dataDir), user: embeddedUser, database: embeddedUser }
}

/** Short and outside the data directory: the path of a unix socket has at most 103 bytes. Not `tmpdir()`, which may differ between processes. */
export function socketDirectory(dataDir: string): string {
  return `/tmp/reveille-${locationHash(dataDir)}`
}

/** The path of the cluster, or of the link to it where the database's user cannot read the data directory. */
export function clusterPath(dataDir: string): string {
  return join(realDirectory(dataDir), 'postgres')
}

export function locationHash(dataDir: string): string {
  return createHash('sha256').update(realDirectory(dataDir)).digest('hex').slice(0, 16)
}

export function realDirectory(dataDir: string): string {
  try {
    return realpathSync(dataDir)
  } catch {
    return resolve(dataDir)
  }
}
