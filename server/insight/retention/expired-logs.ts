import { and, eq, isNull, notExists, or } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { logRemovals, servers } from '@/db/schema'
import type { LogStores } from '@/server/logs/log-stores'

const batch = 100

/**
 * Removes the files of logs that retention has removed: those that this server stores, and those in object storage
 * whose servers have all ended. Each row is deleted after its file. Returns the number of removed logs.
 */
export async function removeExpiredLogs(options: {
  sql: RawSql
  stores: LogStores
  archived: { remove(runId: string): Promise<void> } | null
  signal: AbortSignal
}): Promise<number> {
  const { sql, stores, archived, signal } = options
  const db = drizzleOn(sql)
  const living = db
    .select({ id: servers.id })
    .from(servers)
    .where(and(eq(servers.storeId, logRemovals.storeId), isNull(servers.endedAt)))
  let removed = 0
  while (!signal.aborted) {
    const runs = await db
      .select({ runId: logRemovals.runId })
      .from(logRemovals)
      .where(or(eq(logRemovals.storeId, stores.directory.storeId), archived ? notExists(living) : undefined))
      .limit(batch)
    for (const { runId } of runs) {
      await stores.own.remove(runId)
      await archived?.remove(runId)
    }
    await db.delete(logRemovals).where(
      equalsAny(
        logRemovals.runId,
        runs.map((run) => run.runId),
      ),
    )
    removed += runs.length
    if (runs.length < batch) break
  }
  return removed
}
