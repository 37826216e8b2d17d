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
 * Logs are found by the id of their data directory, which servers of early releases did not record. Stores the id of this
 * directory in the rows of servers that kept their logs in it: they name this host and path, or one of their logs is
 * here. Must run before any log is looked up. Returns the number of servers.
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

/** Run ids are unique: one log found here shows that its server used this directory. */
async function serversWithLogsIn(sql: RawSql, dataDir: string, workerIds: string[]): Promise<string[]> {
  const db = drizzleOn(sql)
  const { id, workerId, createdAt, logBytes, logRemovedAt } = heartbeatRuns
  const nth = expression<number>`row_number() over (partition by ${workerId} order by ${createdAt} desc)`.as('nth')
  const runs = db
    .select({ id, workerId, nth })
    .from(heartbeatRuns)
    .where(and(equalsAny(workerId, workerIds), or(isNull(logBytes), ne(logBytes, 0)), isNull(logRemovedAt)))
    .as('runs')
  const newest = await db.select({ id: runs.id, workerId: runs.workerId }).from(runs).where(lte(runs.nth, mostRuns))
  const withLog = newest.filter((run) => existsSync(logFolder(dataDir, run.id)))
  return [...new Set(withLog.flatMap((run) => run.workerId ?? []))]
}
