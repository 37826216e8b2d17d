import type { RawSql } from '@/db/client'
import type { Topic } from '@/server/live/notifier'
import type { LogStores } from '@/server/logs/log-stores'
import type { Log } from '@/server/platform/logger'
import { createLoop } from '@/server/platform/loop'
import type { Service } from '@/server/platform/service'
import { deliverDue } from './deliver'
import { derive } from './derive'
import { findSilence } from './silence'

export type NotificationOptions = {
  sql: RawSql
  log: Log
  /** This server's own logs: it finds silent runs among those whose logs it stores. */
  logs: LogStores
  secretKey: Buffer
  publicUrl: string
  notify(...topics: Topic[]): void
}

/** Every server makes and delivers notifications. Row locks divide the work between them. */
export function createNotifications({ sql, log, logs, secretKey, publicUrl, notify }: NotificationOptions): Service {
  const deriving = createLoop({
    name: 'notifications',
    everyMs: 2_000,
    jitter: 0.2,
    log,
    run: async (signal) => {
      if ((await derive(sql, signal)) === 0) return
      notify('live')
      delivering.trigger()
    },
  })
  const silence = createLoop({
    name: 'silence',
    everyMs: 30_000,
    jitter: 0.2,
    log,
    run: async () => {
      await findSilence({ sql, logs })
    },
  })
  const delivering = createLoop({
    name: 'deliveries',
    everyMs: 1_000,
    jitter: 0.2,
    log,
    run: async (signal) => {
      while ((await deliverDue({ sql, secretKey, publicUrl })) > 0 && !signal.aborted);
    },
  })
  const loops = [deriving, silence, delivering]
  return {
    name: 'notifications',
    async start() {
      for (const loop of loops) loop.start()
    },
    stop: () => Promise.all(loops.map((loop) => loop.stop())),
  }
}
