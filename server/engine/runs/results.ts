import { and, eq, sql } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { heartbeatRuns, runResults } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import { excessOfValue, storable } from '@/server/domain/storable'
import { seal, unseal } from '@/server/secrets/seal'

/** JSON's null: SQL's null would be no value. */
const noResult = sql`'null'`

/**
 * Stores the result that was posted for a running run, until the run ends. It is sealed, because only the run's runner
 * knows which parts of it are secrets. Only the first result is accepted. The lock keeps the run from ending meanwhile.
 * Errors: `invalid_input` if it is nested too deeply, `illegal_status` if the run has ended or has a result.
 */
export async function storeResult(sql: RawSql, secretKey: Buffer, runId: string, body: unknown): Promise<void> {
  const excess = excessOfValue(body)
  if (excess) throw new ApiError('invalid_input', `The result ${excess}.`)
  const sealed = seal(secretKey, sealNameOf(runId), JSON.stringify(storable(body)))
  const isStored = await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const isRunning = and(eq(heartbeatRuns.id, runId), eq(heartbeatRuns.status, 'running'))
    const [run] = await db.select({ id: heartbeatRuns.id }).from(heartbeatRuns).where(isRunning).for('share')
    if (!run) return false
    const stored = await db.insert(runResults).values({ runId, body: sealed }).onConflictDoNothing().returning()
    return stored.length > 0
  })
  if (!isStored) throw new ApiError('illegal_status', 'This run has ended, or already has a result.')
}

/**
 * Stops accepting results for this run and returns the one that was accepted. The first row wins, so no result is
 * accepted after this has returned null.
 */
export async function closeResults(sql: RawSql, secretKey: Buffer, runId: string): Promise<{ body: unknown } | null> {
  await drizzleOn(sql).insert(runResults).values({ runId, body: noResult }).onConflictDoNothing()
  const [result] = await findResults(sql, secretKey, [runId])
  return result ? { body: result.body } : null
}

/** The results that were posted for these runs. */
export async function findResults(
  sql: RawSql,
  secretKey: Buffer,
  runIds: string[],
): Promise<{ runId: string; body: unknown }[]> {
  const rows = await drizzleOn(sql)
    .select({ runId: runResults.runId, body: runResults.body })
    .from(runResults)
    .where(equalsAny(runResults.runId, runIds))
  return rows.flatMap(({ runId, body }) =>
    body === null ? [] : [{ runId, body: JSON.parse(unseal(secretKey, sealNameOf(runId), body)) }],
  )
}

function sealNameOf(runId: string) {
  return { companyId: runId, name: 'posted result' }
}
