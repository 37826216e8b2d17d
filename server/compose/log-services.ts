import { createRetention } from '@/server/insight/retention/retention'
import { createArchiver } from '@/server/logs/archiver'
import { createLogStores } from '@/server/logs/log-stores'
import { openArchive } from '@/server/logs/open-archive'
import type { createRemotes } from '@/server/logs/remote'
import { createRunLogs, type RunLogs } from '@/server/logs/run-logs'
import type { ServerParts } from './server-parts'

export type LogServices = {
  logs: RunLogs
  /** What the runner of this server says about the log of a run. */
  heard(runId: string, what: 'grew' | 'ended'): void
  /** These runs were ended without their runner. */
  ended(runIds: string[]): void
  start(): void
  stop(): Promise<unknown>
}

/** The run logs that this server stores and serves, their archive, and the removal of old data. */
export async function createLogServices(
  { env, database: { sql }, log }: ServerParts,
  remotes: ReturnType<typeof createRemotes> | null,
): Promise<LogServices> {
  const stores = createLogStores({ dataDir: env.dataDir, maxBytes: env.maxLogBytes })
  const { archive, archived } = await openArchive(env)
  const logs = createRunLogs(sql, { stores, archived, remotes })
  const archiver = createArchiver({ sql, dataDir: env.dataDir, archive, log })
  const retention = createRetention({ sql, stores, archived, keep: env.keep, log })
  return {
    logs,
    heard(runId, what) {
      logs.notifier.notify(runId, what)
      if (what === 'ended') archiver.trigger()
    },
    ended(runIds) {
      for (const runId of runIds) logs.notifier.notify(runId, 'ended')
    },
    start() {
      archiver.start()
      retention.start()
    },
    stop: () => Promise.all([archiver.stop(), retention.stop()]),
  }
}
