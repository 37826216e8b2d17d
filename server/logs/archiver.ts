import { rm } from 'node:fs/promises'
import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { heartbeatRuns, servers } from '@/db/schema'
import { isFinal } from '@/server/domain/run-status'
import type { Log } from '@/server/platform/logger'
import { createLoop, type Loop } from '@/server/platform/loop'
import { logFolder } from './local-files'
import type { LogTotals } from './log-store'
import { storeIdOf } from './log-stores'
import { packLog } from './packed'
import { listPending, markPending, unmarkPending } from './pending'
import { sealLog } from './seal'

/** The store of finished logs. Both methods may fail, and are retried. */
export type Archive = {
  /** Stores the complete segments of a log that still grows. */
  grow(runId: string, folder: string): Promise<void>
  /** Stores a complete log, which is read from the archive from then on. */
  finish(runId: string, folder: string, expected: { bytes: number; sha256: string }): Promise<void>
}

/** On this disk: finished logs are compressed in place. */
export const localArchive: Archive = {
  grow: async () => {},
  finish: async (_runId, folder, expected) => void (await packLog(folder, expected)),
}

type Row = Pick<typeof heartbeatRuns.$inferSelect, 'id' | 'status' | 'logBytes' | 'logSha256' | 'logRemovedAt'>

const retryAfterMs = 60_000
const debounceMs = 100

/** Archives the logs of this server's data directory, one after the other, and retries those that failed. */
export function createArchiver(options: { sql: RawSql; dataDir: string; archive: Archive; log: Log }): Loop {
  const { sql, dataDir, archive, log } = options
  const notBefore = new Map<string, number>()

  let hasMarkedMissed = false

  async function archiveAll(signal: AbortSignal) {
    if (!hasMarkedMissed) await markMissed(sql, dataDir)
    hasMarkedMissed = true
    const waiting = (await listPending(dataDir)).filter((runId) => (notBefore.get(runId) ?? 0) <= performance.now())
    for (let at = 0; at < waiting.length && !signal.aborted; at += 200) {
      const runIds = waiting.slice(at, at + 200)
      const { id, status, logBytes, logSha256, logRemovedAt } = heartbeatRuns
      const rows: Row[] = await drizzleOn(sql)
        .select({ id, status, logBytes, logSha256, logRemovedAt })
        .from(heartbeatRuns)
        .where(equalsAny(id, runIds))
      const known = new Map(rows.map((row) => [row.id, row]))
      for (const runId of runIds) if (!signal.aborted) await attempt(runId, known.get(runId))
    }
  }

  async function attempt(runId: string, row: Row | undefined) {
    try {
      await archiveOne(runId, row)
      notBefore.delete(runId)
    } catch (err) {
      log.error({ err, runId }, 'a log could not be archived')
      notBefore.set(runId, performance.now() + retryAfterMs)
    }
  }

  async function archiveOne(runId: string, row: Row | undefined) {
    const folder = logFolder(dataDir, runId)
    if (row && !isFinal(row.status)) return await archive.grow(runId, folder)
    if (row && !row.logRemovedAt) {
      const expected = await expectedOf(row, folder)
      if (expected.bytes > 0) await archive.finish(runId, folder, expected)
    } else await rm(folder, { recursive: true, force: true })
    await unmarkPending(dataDir, runId)
  }

  /** When a server without access to the log ended the run, the row has no size and checksum of it. */
  async function expectedOf(row: Row, folder: string): Promise<{ bytes: number; sha256: string }> {
    if (row.logBytes !== null && row.logSha256 !== null) return { bytes: row.logBytes, sha256: row.logSha256 }
    const totals = await sealLog(folder)
    await recordTotals(sql, row.id, totals)
    return totals
  }

  const loop = createLoop({ name: 'archive logs', everyMs: 5000, jitter: 0.2, run: archiveAll, log })
  let debounce: NodeJS.Timeout | undefined
  return {
    ...loop,
    /** Many runs may end at once: one listing of the folder serves all of them. */
    trigger() {
      debounce ??= setTimeout(() => {
        debounce = undefined
        loop.trigger()
      }, debounceMs)
    },
    async stop() {
      clearTimeout(debounce)
      await loop.stop()
    },
  }
}

/** Marks the logs of runs that other servers ended while this one was down. */
async function markMissed(sql: RawSql, dataDir: string): Promise<void> {
  const { id, workerId, finishedAt, logBytes } = heartbeatRuns
  const runs = await drizzleOn(sql)
    .select({ id })
    .from(heartbeatRuns)
    .innerJoin(servers, eq(servers.id, workerId))
    .where(and(isNotNull(finishedAt), isNull(logBytes), eq(servers.storeId, storeIdOf(dataDir))))
  for (const run of runs) markPending(dataDir, run.id)
}

async function recordTotals(sql: RawSql, runId: string, { bytes, sha256, stdoutExcerpt }: LogTotals): Promise<void> {
  const { id, finishedAt, logBytes } = heartbeatRuns
  await drizzleOn(sql)
    .update(heartbeatRuns)
    .set({ logRef: runId, logBytes: bytes, logSha256: sha256, logTruncatedBytes: 0, stdoutExcerpt })
    .where(and(eq(id, runId), isNotNull(finishedAt), isNull(logBytes)))
}
