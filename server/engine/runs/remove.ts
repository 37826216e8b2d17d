import { and, eq, isNotNull } from 'drizzle-orm'
import type { WithSubqueryWithSelection } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny, now } from '@/db/expressions'
import { logRemovals, heartbeatRuns as runs, servers } from '@/db/schema'

export function hasEnded(runIds: string[]) {
  return and(equalsAny(runs.id, runIds), isNotNull(runs.finishedAt))
}

const ofRun = { id: runs.id, workerId: runs.workerId }

/** Deletes those of the runs that have ended, with their events and charges. Their log files are removed later. */
export async function removeRuns(sql: Executor, ids: string[]): Promise<void> {
  const db = drizzleOn(sql)
  await listLogs(sql, db.$with('removed').as(db.delete(runs).where(hasEnded(ids)).returning(ofRun)))
}

/** Marks the logs of those of the runs that have ended as removed: they read as empty. Their files are removed later. */
export async function removeLogs(sql: Executor, runIds: string[]): Promise<void> {
  const db = drizzleOn(sql)
  const marked = db.update(runs).set({ logRemovedAt: now() }).where(hasEnded(runIds)).returning(ofRun)
  await listLogs(sql, db.$with('removed').as(marked))
}

/** The servers that keep the files remove what is listed in `log_removals`. */
async function listLogs(sql: Executor, removed: WithSubqueryWithSelection<typeof ofRun, 'removed'>): Promise<void> {
  const db = drizzleOn(sql)
  const logs = db
    .select({ runId: removed.id, storeId: servers.storeId })
    .from(removed)
    .innerJoin(servers, eq(servers.id, removed.workerId))
  await db.with(removed).insert(logRemovals).select(logs).onConflictDoNothing()
}
