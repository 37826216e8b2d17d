import { and, desc, eq, gt, isNotNull, isNull } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { heartbeatRuns, servers } from '@/db/schema'
import { ApiError, notFound } from '@/server/domain/errors'
import { isFinal } from '@/server/domain/run-status'
import type { LogReading } from './log-store'
import type { LogStores } from './log-stores'
import type { Remote, Remotes } from './remote'

/** Logs in the archive: `state` is how much of a log is there, null for none of it. */
export type ArchivedLogs = LogReading & { state(runId: string): Promise<'whole' | 'part' | null> }

export type LogBackends = { stores: LogStores; archived: ArchivedLogs | null; remotes: Remotes | null }

export type Located = {
  /** Null: the log cannot be reached now. */
  reading: LogReading | null
  /** Set where the server that has the log can stream it to this one. */
  remote: Remote | null
  isFinal: boolean
  /** Where the log of a final run ends; null: unknown, or the run is not final. */
  endOffset: number | null
  /** False for a queued run: it has no log yet. */
  hasServer: boolean
  /** The run has not ended, according to the database, but its server is lost or cannot be reached from here. */
  isServerLost: boolean
  /** The host that has the log, to be shown to people. */
  host: string | null
}

/**
 * Finds where a run's log can be read now: in a folder on this machine, in the archive, or from the server that has it,
 * which the id of its data directory identifies across restarts. Errors: `not_found`.
 */
export async function locate(sql: RawSql, backends: LogBackends, runId: string): Promise<Located> {
  const row = await findRun(sql, runId)
  if (!row) throw notFound('run')
  const { run, server, now } = row
  const ended = isFinal(run.status)
  const base = { isFinal: ended, hasServer: run.workerId !== null, host: server?.host ?? null, remote: null }
  if (run.logRemovedAt) return { ...base, reading: backends.stores.own, endOffset: 0, isServerLost: false }
  const endOffset = ended ? run.logBytes : null
  const backend = await backendOf(backends, row, runId, ended)
  const isLost = server !== null && (server.endedAt !== null || server.leaseExpiresAt <= now)
  const isServerLost = !ended && (isLost || backend.reading === null || backend.reading === backends.archived)
  return { ...base, endOffset, isServerLost, ...backend }
}

/** A run, the server that ran it, and the URL of the server that now has the data directory of its log. */
async function findRun(sql: RawSql, runId: string) {
  const db = drizzleOn(sql)
  const { status, logBytes, logRemovedAt, workerId } = heartbeatRuns
  const { host, dataDir, storeId, endedAt, leaseExpiresAt } = servers
  const keeper = alias(servers, 'keeper')
  const isAlive = and(isNull(keeper.endedAt), gt(keeper.leaseExpiresAt, now()))
  const current = db
    .select({ storeId: keeper.storeId, url: keeper.url })
    .from(keeper)
    .where(and(eq(keeper.storeId, storeId), isAlive, isNotNull(keeper.url)))
    .orderBy(desc(keeper.renewedAt))
    .limit(1)
    .as('current')
  const [row] = await db
    .select({
      run: { status, logBytes, logRemovedAt, workerId },
      server: { host, dataDir, storeId, endedAt, leaseExpiresAt },
      url: current.url,
      now: now(),
    })
    .from(heartbeatRuns)
    .leftJoin(servers, eq(servers.id, workerId))
    .leftJoinLateral(current, eq(current.storeId, storeId))
    .where(eq(heartbeatRuns.id, runId))
  return row
}

type Row = NonNullable<Awaited<ReturnType<typeof findRun>>>
type Backend = { reading: LogReading | null; remote: Remote | null }

async function backendOf(
  { stores, archived, remotes }: LogBackends,
  row: Row,
  runId: string,
  ended: boolean,
): Promise<Backend> {
  const { run, server, url } = row
  if (server === null || run.logBytes === 0) return { reading: stores.own, remote: null }
  const { dataDir, storeId } = server
  const local = stores.at({ dataDir, storeId })
  // A finished log may have been moved from its folder to the archive.
  if (local && (!ended || !archived || (await local.info(runId)).bytes > 0)) return { reading: local, remote: null }
  const state = ended && archived ? await archived.state(runId) : null
  if (archived && state === 'whole') return { reading: archived, remote: null }
  const remote = url !== null && remotes ? remotes.at({ url, storeId }) : null
  if (remote) return { reading: remote, remote }
  if (archived && (state ?? (await archived.state(runId)))) return { reading: archived, remote: null }
  return { reading: null, remote: null }
}

export function unreachableLog(host: string | null): ApiError {
  const server = host === null ? 'another server' : `a server on ${host}`
  return new ApiError(
    'unavailable',
    `The log of this run is stored by ${server}, which cannot be reached at the moment.`,
  )
}
