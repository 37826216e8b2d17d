import type { RawSql } from '@/db/client'
import { Failure } from '@/server/domain/errors'
import { excessOfValue, storable } from '@/server/domain/storable'
import { seal, unseal } from '@/server/secrets/seal'

/**
 * Keeps the result posted for a run that is running, until the run ends: sealed, for it is as it came, and only the run's
 * runner knows what in it is a secret. The first one stands. Locked against that end, for nothing to be kept after it.
 * Errors: `invalid_input` where it is nested too deeply, `illegal_status` where the run is over or has its result.
 */
export async function storeResult(sql: RawSql, secretKey: Buffer, runId: string, body: unknown): Promise<void> {
  const excess = excessOfValue(body)
  if (excess) throw new Failure('invalid_input', `The result ${excess}.`)
  const sealed = seal(secretKey, placeOf(runId), JSON.stringify(storable(body)))
  const [stored] = await sql`
    insert into run_results (run_id, body)
    select id, to_jsonb(${sealed}::text) from heartbeat_runs
    where id = ${runId} and status = 'running' for share
    on conflict do nothing returning run_id`
  if (!stored) throw new Failure('illegal_status', 'This run is over, or it has its result already.')
}

/**
 * From now on no result is taken for this run. Answers the one that was: whichever row comes first stands, so that none is
 * accepted after this has answered null.
 */
export async function closeResults(sql: RawSql, secretKey: Buffer, runId: string): Promise<{ body: unknown } | null> {
  await sql`insert into run_results (run_id, body) values (${runId}, 'null') on conflict do nothing`
  const [result] = await findResults(sql, secretKey, [runId])
  return result ? { body: result.body } : null
}

/** The results that were posted for these runs. */
export async function findResults(
  sql: RawSql,
  secretKey: Buffer,
  runIds: string[],
): Promise<{ runId: string; body: unknown }[]> {
  const rows = await sql<{ runId: string; body: string }[]>`
    select run_id, body from run_results where run_id = any(${runIds}) and body <> 'null'`
  return rows.map(({ runId, body }) => ({ runId, body: JSON.parse(unseal(secretKey, placeOf(runId), body)) }))
}

function placeOf(runId: string) {
  return { companyId: runId, name: 'posted result' }
}
