import { and, count, desc, eq, gt, isNull, min, sum } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn, type QueryBuilder } from '@/db/drizzle'
import { millisecondsAgo } from '@/db/expressions'
import { type Release, thisRelease } from '@/db/release'
import { heartbeatRuns, logRemovals, retentionProgress, servers } from '@/db/schema'
import { readSchemaState, type SchemaState } from '@/db/schema-state'
import type { RetainedKind } from '@/server/domain/retention'
import { isQueued, isRunning } from '@/server/engine/runs/status-filters'

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
  /** The release of this server. */
  version: Release['version']
  /** The schema of that release, the number of migrations in the database, and how the two compare. */
  schema: Release['schema'] & { applied: number; state: SchemaState['kind'] }
  servers: ServerStatus[]
  /** Servers whose lease ran out in the last day, newest first. */
  lost: { id: string; host: string; pid: number; lostAt: Date }[]
  queue: { queued: number; running: number; oldestQueuedAt: Date | null }
  database: { ok: boolean; version: string }
  /** What retention has removed so far, in all companies that use it. */
  retention: {
    kinds: { kind: RetainedKind; removedItems: number; removedBytes: number; finishedAt: Date | null }[]
    /** Logs whose files the servers that store them have not deleted yet; at most 1000 are counted. */
    logsToRemove: number
  }
}

/** The counts touch only queued and running runs, by their partial indexes. */
export async function systemStatus(sql: RawSql): Promise<SystemStatus> {
  const db = drizzleOn(sql)
  const [alive, lost, queue, [database], kinds, logsToRemove, schema] = await Promise.all([
    aliveServers(db),
    lostServers(db),
    readQueue(db),
    sql<[{ version: string }]>`select current_setting('server_version') as version`,
    retainedKinds(db),
    db.$count(db.select({ runId: logRemovals.runId }).from(logRemovals).limit(1000).as('removals')),
    readSchemaState(sql),
  ])
  const release = thisRelease()
  return {
    version: release.version,
    schema: { ...release.schema, applied: schema.applied, state: schema.kind },
    servers: alive,
    lost,
    queue,
    database: { ok: true, version: database.version },
    retention: { kinds, logsToRemove },
  }
}

async function aliveServers(db: QueryBuilder): Promise<ServerStatus[]> {
  const { id, role, host, pid, startedAt, renewedAt, maxRuns, draining } = servers
  const running = db.$count(heartbeatRuns, and(eq(heartbeatRuns.workerId, id), isRunning))
  return await db
    .select({ id, role, host, pid, startedAt, renewedAt, maxRuns, draining, running })
    .from(servers)
    .where(isNull(servers.endedAt))
    .orderBy(startedAt)
}

async function lostServers(db: QueryBuilder): Promise<SystemStatus['lost']> {
  const { id, host, pid, lost, endedAt } = servers
  const rows = await db
    .select({ id, host, pid, endedAt })
    .from(servers)
    .where(and(eq(lost, true), gt(endedAt, millisecondsAgo(86_400_000))))
    .orderBy(desc(endedAt))
    .limit(20)
  return rows.flatMap(({ endedAt, ...server }) => (endedAt ? [{ ...server, lostAt: endedAt }] : []))
}

async function readQueue(db: QueryBuilder): Promise<SystemStatus['queue']> {
  const [queued] = await db
    .select({ queued: count(), oldestQueuedAt: min(heartbeatRuns.createdAt) })
    .from(heartbeatRuns)
    .where(isQueued)
  return {
    queued: queued?.queued ?? 0,
    running: await db.$count(heartbeatRuns, isRunning),
    oldestQueuedAt: queued?.oldestQueuedAt ?? null,
  }
}

async function retainedKinds(db: QueryBuilder): Promise<SystemStatus['retention']['kinds']> {
  const { kind, removedItems, removedBytes, finishedAt } = retentionProgress
  return await db
    .select({
      kind,
      removedItems: sum(removedItems).mapWith(Number),
      removedBytes: sum(removedBytes).mapWith(Number),
      finishedAt: min(finishedAt),
    })
    .from(retentionProgress)
    .groupBy(kind)
    .orderBy(kind)
}
