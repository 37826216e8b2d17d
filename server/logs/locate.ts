import type { RawSql } from '@/db/client'
import { Failure, notFound } from '@/server/domain/errors'
import { isFinal, type RunStatus } from '@/server/domain/run-status'
import type { LogReading } from './log-store'
import type { LogPlaces } from './places'
import type { Remote, Remotes } from './remote'

type Row = {
  status: RunStatus
  logBytes: number | null
  logRemovedAt: Date | null
  serverId: string | null
  host: string | null
  dataDir: string | null
  storeId: string | null
  isLost: boolean
  url: string | null
}

/** Logs that left their server: `state` is how much of one is there, null for nothing. */
export type ArchivedLogs = LogReading & { state(runId: string): Promise<'whole' | 'part' | null> }

export type LogSites = { places: LogPlaces; archived: ArchivedLogs | null; remotes: Remotes | null }

export type Located = {
  /** Null: nothing can reach it now. */
  reading: LogReading | null
  /** Set where the server that keeps it can stream it to us. */
  remote: Remote | null
  isFinal: boolean
  /** Where the log of a final run ends; null: not known, or not final. */
  endOffset: number | null
  /** A run that waits to be claimed has no place for its log yet. */
  isPlaced: boolean
  /** The run goes on, as far as is known, but its server gives no sign of life, or none that is heard here. */
  isOwnerGone: boolean
  /** Whom to ask, for people. */
  host: string | null
}

/**
 * Where a run's log can be read now: in a folder we see, in the archive, or from the server that keeps it, which is known
 * by the id of its folder through all its lives. Fails with `not_found`.
 */
export async function locate(sql: RawSql, sites: LogSites, runId: string): Promise<Located> {
  const [row] = await sql<Row[]>`
    select r.status, r.log_bytes, r.log_removed_at, r.server_id, s.host, s.data_dir, s.store_id,
      coalesce(s.ended_at is not null or s.lease_expires_at <= now(), false) as is_lost, (
      select o.url from servers o
      where o.store_id = s.store_id and o.ended_at is null and o.lease_expires_at > now() and o.url is not null
      order by o.renewed_at desc limit 1) as url
    from heartbeat_runs r left join servers s on s.id = r.server_id where r.id = ${runId}`
  if (!row) throw notFound('run')
  const ended = isFinal(row.status)
  const base = { isFinal: ended, isPlaced: row.serverId !== null, host: row.host, remote: null }
  if (row.logRemovedAt) return { ...base, reading: sites.places.own, endOffset: 0, isOwnerGone: false }
  const endOffset = ended ? row.logBytes : null
  const site = await siteOf(sites, row, runId, ended)
  const isOwnerGone = !ended && (row.isLost || site.reading === null || site.reading === sites.archived)
  return { ...base, endOffset, isOwnerGone, ...site }
}

type Site = { reading: LogReading | null; remote: Remote | null }

async function siteOf({ places, archived, remotes }: LogSites, row: Row, runId: string, ended: boolean): Promise<Site> {
  const { dataDir, storeId } = row
  if (dataDir === null || storeId === null || row.logBytes === 0) return { reading: places.own, remote: null }
  const local = places.at({ dataDir, storeId })
  // A finished log may have left its folder for the archive.
  if (local && (!ended || !archived || (await local.info(runId)).bytes > 0)) return { reading: local, remote: null }
  const state = ended && archived ? await archived.state(runId) : null
  if (archived && state === 'whole') return { reading: archived, remote: null }
  const remote = row.url !== null && remotes ? remotes.at({ url: row.url, storeId }) : null
  if (remote) return { reading: remote, remote }
  if (archived && (state ?? (await archived.state(runId)))) return { reading: archived, remote: null }
  return { reading: null, remote: null }
}

export function outOfReach(host: string | null): Failure {
  const whose = host === null ? 'another server' : `a server on ${host}`
  return new Failure('unavailable', `The log of this run is kept by ${whose}, which can not be reached from here now.`)
}
