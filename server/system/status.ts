import type { RawSql } from '@/db/client'
import { type Release, thisRelease } from '@/db/release'
import { readSchemaState, type SchemaState } from '@/db/schema-state'
import type { RetainedKind } from '@/server/domain/retention'

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
  /** Of the server that answers. */
  version: Release['version']
  /** What that release ships; how many migrations the database has, and what they are to those shipped. */
  schema: Release['schema'] & { applied: number; state: SchemaState['kind'] }
  servers: ServerStatus[]
  /** Of the last day: their leases ran out, newest first. */
  lost: { id: string; host: string; pid: number; lostAt: Date }[]
  queue: { queued: number; running: number; oldestQueuedAt: Date | null }
  database: { ok: boolean; version: string }
  /** What retention has given up so far, over all companies that have one. */
  retention: {
    kinds: { kind: RetainedKind; removedItems: number; removedBytes: number; finishedAt: Date | null }[]
    /** Given up, but not yet removed by the servers that keep them; at most 1000 are counted. */
    logsToRemove: number
  }
}

/** The servers that live, and the queue. Counts touch only live rows, by their partial indexes. */
export async function systemStatus(sql: RawSql): Promise<SystemStatus> {
  const [servers, lost, [queue], [database], kinds, [logs], schema] = await Promise.all([
    sql<ServerStatus[]>`
      select id, role, host, pid, started_at, renewed_at, max_runs, draining,
        (select count(*)::int from heartbeat_runs r where r.server_id = s.id and r.status = 'running') as running
      from servers s where ended_at is null order by started_at`,
    sql<SystemStatus['lost']>`
      select id, host, pid, ended_at as lost_at from servers
      where lost and ended_at > now() - interval '1 day' order by ended_at desc limit 20`,
    sql<[SystemStatus['queue']]>`
      select (select count(*)::int from heartbeat_runs where status = 'queued') as queued,
        (select count(*)::int from heartbeat_runs where status = 'running') as running,
        (select min(created_at) from heartbeat_runs where status = 'queued') as oldest_queued_at`,
    sql<[{ version: string }]>`select current_setting('server_version') as version`,
    sql<SystemStatus['retention']['kinds']>`
      select kind, sum(removed_items)::float8 as removed_items, sum(removed_bytes)::float8 as removed_bytes,
        min(finished_at) as finished_at
      from retention_progress group by kind order by kind`,
    sql<[{ waiting: number }]>`
      select count(*)::int as waiting from (select from log_removals limit 1000) l`,
    readSchemaState(sql),
  ])
  const release = thisRelease()
  return {
    version: release.version,
    schema: { ...release.schema, applied: schema.applied, state: schema.kind },
    servers: [...servers],
    lost: [...lost],
    queue,
    database: { ok: true, version: database.version },
    retention: { kinds: [...kinds], logsToRemove: logs.waiting },
  }
}
