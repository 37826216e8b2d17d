import type { RawSql } from '@/db/client'
import type { LogPlaces } from '@/server/logs/places'

const batch = 100

/**
 * Removes the logs that were given up and are kept here, and those in object storage of servers that are gone for good.
 * Each is crossed off when it is away. Answers how many were removed.
 */
export async function removeGivenUp(options: {
  sql: RawSql
  places: LogPlaces
  archived: { remove(runId: string): Promise<void> } | null
  signal: AbortSignal
}): Promise<number> {
  const { sql, places, archived, signal } = options
  let removed = 0
  while (!signal.aborted) {
    const runs = await sql<{ runId: string }[]>`
      select run_id from log_removals l
      where store_id = ${places.place.storeId}
        ${archived ? sql`or not exists (select from servers s where s.store_id = l.store_id and s.ended_at is null)` : sql``}
      limit ${batch}`
    for (const { runId } of runs) {
      await places.own.remove(runId)
      await archived?.remove(runId)
    }
    await sql`delete from log_removals where run_id = any(${runs.map((run) => run.runId)})`
    removed += runs.length
    if (runs.length < batch) break
  }
  return removed
}
