import type { Executor } from '@/db/client'

/** Whether a row's last use is to be written down: it is told to the minute, so that not every call is a write. */
export function isLastUseStale(sql: Executor, alias: string) {
  return sql`coalesce(${sql(`${alias}.last_used_at`)} < now() - interval '1 minute', true)`
}
