import { lt } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { coalesce, millisecondsAgo } from '@/db/expressions'

/** Whether to record the use of a credential: its time is stored to the minute, so that not every call writes. */
export function isLastUseStale(lastUsedAt: PgColumn) {
  return coalesce(lt(lastUsedAt, millisecondsAgo(60_000)), true)
}
