import type { RawSql } from '@/db/client'

export type ServerStatus = {
  id: string
  role: string
  host: string
  pid: number
  startedAt: Date
  renewedAt: Date
  running: number
  maxRuns: number
  draining: boolean
}

export type SystemStatus = {
  servers: ServerStatus[]
  queue: { queued: number; running: number; oldestQueuedAt: Date | null }
  database: { ok: boolean; version: string }
}

/** The servers that live, and the queue. Counts touch only live rows, by their partial indexes. */
export async function systemStatus(sql: RawSql): Promise<SystemStatus> {
  const [servers, [queue], [database]] = await Promise.all([
    sql<ServerStatus[]>`
      select id, role, host, pid, started_at, renewed_at, max_runs, draining,
        (select count(*)::int from heartbeat_runs r where r.server_id = s.id and r.status = 'running') as running
      from servers s where ended_at is null order by started_at`,
    sql<[SystemStatus['queue']]>`
      select (select count(*)::int from heartbeat_runs where status = 'queued') as queued,
        (select count(*)::int from heartbeat_runs where status = 'running') as running,
        (select min(created_at) from heartbeat_runs where status = 'queued') as oldest_queued_at`,
    sql<[{ version: string }]>`select current_setting('server_version') as version`,
  ])
  return { servers: [...servers], queue, database: { ok: true, version: database.version } }
}
