import { and, eq, inArray, sql } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns, runResults } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import { excessOfValue, storable } from '@/server/domain/storable'
import { seal, unseal } from '@/server/secrets/seal'

/** JSON's null: null itself would be no value at all. */
const noResult = sql`'null'`

/**
 * Keeps the result posted for a run that is running, until the run ends: sealed, for it is as it came, and only the run's
 * runner knows what in it is a secret. The first one stands. Locked against that end, for nothing to be kept after it.
 * Errors: `invalid_input` where it is nested too deeply, `illegal_status` where the run is over or has its result.
 */
export async function storeResult(sql: RawSql, secretKey: Buffer, runId: string, body: unknown): Promise<void> {
  const excess = excessOfValue(body)
  if (excess) throw new ApiError('invalid_input', `The result ${excess}.`)
  const sealed = seal(secretKey, placeOf(runId), JSON.stringify(storable(body)))
  const isStored = await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const isRunning = and(eq(heartbeatRuns.id, runId), eq(heartbeatRuns.status, 'running'))
    const [run] = await db.select({ id: heartbeatRuns.id }).from(heartbeatRuns).where(isRunning).for('share')
    if (!run) return false
    const stored = await db.insert(runResults).values({ runId, body: sealed }).onConflictDoNothing().returning()
    return stored.length > 0
  })
  if (!isStored) throw new ApiError('illegal_status', 'This run is over, or it has its result already.')
}

/**
 * From now on no result is taken for this run. Answers the one that was: whichever row comes first stands, so that none is
 * accepted after this has answered null.
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
    .where(inArray(runResults.runId, runIds))
  return rows.flatMap(({ runId, body }) =>
    body === null ? [] : [{ runId, body: JSON.parse(unseal(secretKey, placeOf(runId), body)) }],
  )
}

function placeOf(runId: string) {
  return { companyId: runId, name: 'posted result' }
}
