import type { RawSql } from '@/db/client'
import type { LogStores } from '@/server/logs/log-stores'
import type { Log } from '@/server/platform/logger'
import { createLoop, type Loop } from '@/server/platform/loop'
import { removeExpiredLogs } from './expired-logs'
import { type Keep, removeOutdated } from './outdated'
import { retainAll } from './retain'

const everyMs = 5 * 60_000

/** Applies the companies' retention on every server. One server at a time handles a company; each removes its own files. */
export function createRetention(options: {
  sql: RawSql
  stores: LogStores
  archived: { remove(runId: string): Promise<void> } | null
  keep: Keep
  log: Log
}): Loop {
  return createLoop({
    name: 'retention',
    everyMs,
    jitter: 0.2,
    log: options.log,
    async run(signal) {
      const outdated = await removeOutdated(options.sql, options.keep, options.log, signal)
      const expired = await retainAll(options.sql, signal)
      const removedLogs = await removeExpiredLogs({ ...options, signal })
      if (outdated + expired + removedLogs > 0) {
        options.log.info({ outdated, expired, removedLogs }, 'removed what retention does not keep')
      }
    },
  })
}
