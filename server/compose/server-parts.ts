import type { Connection, Database } from '@/db/client'
import type { Topic } from '@/server/live/notifier'
import type { Env } from '@/server/platform/env'
import type { Log } from '@/server/platform/logger'
import type { Service } from '@/server/platform/service'
import type { Door } from './listen'

/** What boot gives to the server of each role. */
export type ServerParts = {
  env: Env
  log: Log
  connection: Connection
  database: Database
  secretKey: Buffer
  door: Door
  publicUrl: string
  /** Where the other servers reach this one. */
  internalUrl: string
  /** Names the processes of this server among those that share the database. */
  group: string
  /** Whether this server was asked to stop. */
  isStopping(): boolean
}

export type RoleServer = Service & {
  /** Kills the runs of this server without their grace. */
  forceStop(): void
  heartbeat: { notify(...topics: Topic[]): void; onRunsReaped?(runIds: string[]): void }
}
