import { eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import { givenContextOf, type WakeupEnvelope, wakeupsOf } from '@/server/domain/run-context'
import { refuse, requestIn, type WakeupAnswer, type WakeupRequest } from '@/server/engine/wakeups/request'
import { readableContext } from './context'

/**
 * Asks for a run again: with its context, and with the payload of the last wakeup that had one. The new run names it in
 * `retryOfRunId`; where the wakeup joined a run that was there already, that one stays as it is. Errors: those of
 * `request`.
 */
export async function rerun(
  sql: RawSql,
  runId: string,
  asked: Pick<WakeupRequest, 'actor' | 'triggerDetail' | 'cause'>,
): Promise<WakeupAnswer> {
  const answer = await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const [run] = await db
      .select({ agentId: heartbeatRuns.agentId, context: readableContext })
      .from(heartbeatRuns)
      .where(eq(heartbeatRuns.id, runId))
    if (!run) throw notFound('run')
    const context = run.context ?? {}
    // Whoever asks now stands at the depth they have, not at that of the run.
    const { wakeDepth: _depth, ...contextSnapshot } = givenContextOf(context)
    const { reason, payload } = lastOf(wakeupsOf(context))
    const wish: WakeupRequest = {
      agentId: run.agentId,
      source: 'on_demand',
      reason,
      payload,
      contextSnapshot,
      ...asked,
    }
    const given = await requestIn(tx, wish)
    if (given.outcome !== 'queued' || !given.run) return given
    await db.update(heartbeatRuns).set({ retryOfRunId: runId }).where(eq(heartbeatRuns.id, given.run.id))
    return { ...given, run: { ...given.run, retryOfRunId: runId } }
  })
  return refuse(answer as WakeupAnswer)
}

/** The last wakeup that had a payload, or else the last. */
function lastOf(wakeups: readonly WakeupEnvelope[]): Pick<WakeupEnvelope, 'reason' | 'payload'> {
  return wakeups.findLast(({ payload }) => payload !== null) ?? wakeups.at(-1) ?? { reason: null, payload: null }
}
