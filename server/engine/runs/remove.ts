import { and, eq, isNotNull } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { logRemovals, heartbeatRuns as runs, servers } from '@/db/schema'

/** Removes finished runs with their events and charges. The servers that store their logs remove the files later. */
export async function removeRuns(sql: Executor, ids: string[]): Promise<void> {
  const db = drizzleOn(sql)
  const removed = db.$with('removed').as(
    db
      .delete(runs)
      .where(and(equalsAny(runs.id, ids), isNotNull(runs.finishedAt)))
      .returning({ id: runs.id, serverId: runs.serverId }),
  )
  await db
    .with(removed)
    .insert(logRemovals)
    .select(
      db
        .select({ runId: removed.id, storeId: servers.storeId })
        .from(removed)
        .innerJoin(servers, eq(servers.id, removed.serverId)),
    )
    .onConflictDoNothing()
}
