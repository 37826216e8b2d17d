import { rm } from 'node:fs/promises'
import type { RawSql } from '@/db/client'
import { isFinal, type RunStatus } from '@/server/domain/run-status'
import type { Log } from '@/server/logger'
import { createLoop, type Loop } from '@/server/loop'
import { logFolder } from './local-files'
import type { LogTotals } from './log-store'
import { packLog } from './packed'
import { listPending, markPending, unmarkPending } from './pending'
import { storeIdOf } from './places'
import { sealLog } from './seal'

/** Where logs go to be kept. All may fail, and are tried again. */
export type Archive = {
  /** Takes what it can of a log that still grows. */
  grow(runId: string, folder: string): Promise<void>
  /** Takes a whole log; afterwards it is read from there. */
  finish(runId: string, folder: string, expected: { bytes: number; sha256: string }): Promise<void>
}

/** On this disk: finished logs are compressed in place. */
export const localArchive: Archive = {
  grow: async () => {},
  finish: async (_runId, folder, expected) => void (await packLog(folder, expected)),
}

type Row = {
  id: string
  status: RunStatus
  logBytes: number | null
  logSha256: string | null
  logRemovedAt: Date | null
}

const patienceMs = 60_000
const gatherMs = 100

/** Archives the logs of this server's own data directory: one after the other, and again what could not be. */
export function createArchiver(options: { sql: RawSql; dataDir: string; archive: Archive; log: Log }): Loop {
  const { sql, dataDir, archive, log } = options
  const notBefore = new Map<string, number>()

  let hasLookedBack = false

  async function archiveAll(signal: AbortSignal) {
    if (!hasLookedBack) await markUnknown(sql, dataDir)
    hasLookedBack = true
    const waiting = (await listPending(dataDir)).filter((runId) => (notBefore.get(runId) ?? 0) <= performance.now())
    for (let at = 0; at < waiting.length && !signal.aborted; at += 200) {
      const runIds = waiting.slice(at, at + 200)
      const rows = await sql<Row[]>`
        select id, status, log_bytes, log_sha256, log_removed_at from heartbeat_runs where id = any(${runIds}::uuid[])`
      const known = new Map(rows.map((row) => [row.id, row]))
      for (const runId of runIds) if (!signal.aborted) await tried(runId, known.get(runId))
    }
  }

  async function tried(runId: string, row: Row | undefined) {
    try {
      await archiveOne(runId, row)
      notBefore.delete(runId)
    } catch (err) {
      log.error({ err, runId }, 'a log could not be archived')
      notBefore.set(runId, performance.now() + patienceMs)
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

  /** A run that was ended by a server that could not reach its log has nothing recorded of it. */
  async function expectedOf(row: Row, folder: string): Promise<{ bytes: number; sha256: string }> {
    if (row.logBytes !== null && row.logSha256 !== null) return { bytes: row.logBytes, sha256: row.logSha256 }
    const totals = await sealLog(folder)
    await recordTotals(sql, row.id, totals)
    return totals
  }

  const loop = createLoop({ name: 'archive logs', everyMs: 5000, jitter: 0.2, run: archiveAll, log })
  let gathering: NodeJS.Timeout | undefined
  return {
    ...loop,
    /** Runs end by the hundred: one look at the folder is for all of a moment. */
    poke() {
      gathering ??= setTimeout(() => {
        gathering = undefined
        loop.poke()
      }, gatherMs)
    },
    async stop() {
      clearTimeout(gathering)
      await loop.stop()
    },
  }
}

/** Runs that others ended while this server was away. */
async function markUnknown(sql: RawSql, dataDir: string): Promise<void> {
  const runs = await sql<{ id: string }[]>`
    select r.id from heartbeat_runs r join servers s on s.id = r.server_id
    where r.finished_at is not null and r.log_bytes is null and s.store_id = ${storeIdOf(dataDir)}`
  for (const run of runs) markPending(dataDir, run.id)
}

async function recordTotals(sql: RawSql, runId: string, { bytes, sha256, stdoutExcerpt }: LogTotals): Promise<void> {
  await sql`
    update heartbeat_runs set log_ref = id::text, log_bytes = ${bytes}, log_sha256 = ${sha256},
      log_truncated_bytes = 0, stdout_excerpt = ${stdoutExcerpt}
    where id = ${runId} and finished_at is not null and log_bytes is null`
}
