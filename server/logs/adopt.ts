import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { and, eq, sql as expression, isNull, lte, ne, or } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { heartbeatRuns, servers } from '@/db/schema'
import { logFolder } from './local-files'
import { storeIdOf } from './log-stores'

const mostRuns = 20

/**
 * Logs are found by the id of their folder, which servers of early releases did not record. Gives the id of this folder to
 * the rows of those that kept their logs in it: they name this host and folder, or one of their logs lies here. To be
 * called before any log is looked for. Returns the number of servers.
 */
export async function adoptEarlierServers(sql: RawSql, dataDir: string): Promise<number> {
  const db = drizzleOn(sql)
  const { id, host, storeId } = servers
  const unmarked = await db.select({ id, host, dataDir: servers.dataDir }).from(servers).where(eq(storeId, ''))
  const isHere = (server: (typeof unmarked)[number]) => server.host === hostname() && server.dataDir === dataDir
  const here = unmarked.filter(isHere).map((server) => server.id)
  const unknown = unmarked.filter((server) => !isHere(server)).map((server) => server.id)
  if (unknown.length > 0) here.push(...(await serversWithLogsIn(sql, dataDir, unknown)))
  if (here.length === 0) return 0
  await db
    .update(servers)
    .set({ storeId: storeIdOf(dataDir) })
    .where(and(equalsAny(id, here), eq(storeId, '')))
  return here.length
}

/** Ids of runs are unique: one log is enough to know whose folder it is in. */
async function serversWithLogsIn(sql: RawSql, dataDir: string, serverIds: string[]): Promise<string[]> {
  const db = drizzleOn(sql)
  const { id, serverId, createdAt, logBytes, logRemovedAt } = heartbeatRuns
  const nth = expression<number>`row_number() over (partition by ${serverId} order by ${createdAt} desc)`.as('nth')
  const runs = db
    .select({ id, serverId, nth })
    .from(heartbeatRuns)
    .where(and(equalsAny(serverId, serverIds), or(isNull(logBytes), ne(logBytes, 0)), isNull(logRemovedAt)))
    .as('runs')
  const newest = await db.select({ id: runs.id, serverId: runs.serverId }).from(runs).where(lte(runs.nth, mostRuns))
  const withLog = newest.filter((run) => existsSync(logFolder(dataDir, run.id)))
  return [...new Set(withLog.flatMap((run) => run.serverId ?? []))]
}
