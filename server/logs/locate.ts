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

/** Logs in the archive: `state` is how much of one is there, null for nothing. */
export type ArchivedLogs = LogReading & { state(runId: string): Promise<'whole' | 'part' | null> }

export type LogBackends = { stores: LogStores; archived: ArchivedLogs | null; remotes: Remotes | null }

export type Located = {
  /** Null: nothing can reach it now. */
  reading: LogReading | null
  /** Set where the server that has the log can stream it to this one. */
  remote: Remote | null
  isFinal: boolean
  /** Where the log of a final run ends; null: not known, or not final. */
  endOffset: number | null
  /** A run that waits to be claimed has no place for its log yet. */
  hasServer: boolean
  /** The run has not ended, as far as is known, but its server is lost or cannot be reached from here. */
  isServerLost: boolean
  /** The host that has the log, for people to look there. */
  host: string | null
}

/**
 * Where a run's log can be read now: in a folder on this machine, in the archive, or from the server that has it, which
 * the id of the folder identifies across restarts. Errors: `not_found`.
 */
export async function locate(sql: RawSql, sites: LogBackends, runId: string): Promise<Located> {
  const row = await findRun(sql, runId)
  if (!row) throw notFound('run')
  const { run, server, now } = row
  const ended = isFinal(run.status)
  const base = { isFinal: ended, hasServer: run.serverId !== null, host: server?.host ?? null, remote: null }
  if (run.logRemovedAt) return { ...base, reading: sites.stores.own, endOffset: 0, isServerLost: false }
  const endOffset = ended ? run.logBytes : null
  const site = await siteOf(sites, row, runId, ended)
  const isLost = server !== null && (server.endedAt !== null || server.leaseExpiresAt <= now)
  const isServerLost = !ended && (isLost || site.reading === null || site.reading === sites.archived)
  return { ...base, endOffset, isServerLost, ...site }
}

/** A run, the server that held it, and the URL of the server that has the folder of its log now. */
async function findRun(sql: RawSql, runId: string) {
  const db = drizzleOn(sql)
  const { status, logBytes, logRemovedAt, serverId } = heartbeatRuns
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
      run: { status, logBytes, logRemovedAt, serverId },
      server: { host, dataDir, storeId, endedAt, leaseExpiresAt },
      url: current.url,
      now: now(),
    })
    .from(heartbeatRuns)
    .leftJoin(servers, eq(servers.id, serverId))
    .leftJoinLateral(current, eq(current.storeId, storeId))
    .where(eq(heartbeatRuns.id, runId))
  return row
}

type Row = NonNullable<Awaited<ReturnType<typeof findRun>>>
type Site = { reading: LogReading | null; remote: Remote | null }

async function siteOf(
  { stores, archived, remotes }: LogBackends,
  row: Row,
  runId: string,
  ended: boolean,
): Promise<Site> {
  const { run, server, url } = row
  if (server === null || run.logBytes === 0) return { reading: stores.own, remote: null }
  const { dataDir, storeId } = server
  const local = stores.at({ dataDir, storeId })
  // A finished log may have left its folder for the archive.
  if (local && (!ended || !archived || (await local.info(runId)).bytes > 0)) return { reading: local, remote: null }
  const state = ended && archived ? await archived.state(runId) : null
  if (archived && state === 'whole') return { reading: archived, remote: null }
  const remote = url !== null && remotes ? remotes.at({ url, storeId }) : null
  if (remote) return { reading: remote, remote }
  if (archived && (state ?? (await archived.state(runId)))) return { reading: archived, remote: null }
  return { reading: null, remote: null }
}

export function unreachableLog(host: string | null): ApiError {
  const whose = host === null ? 'another server' : `a server on ${host}`
  return new ApiError('unavailable', `The log of this run is kept by ${whose}, which can not be reached from here now.`)
}
