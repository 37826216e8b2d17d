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
 * Requests a new run with the context of another one and the payload of the last of its wakeups that had one. The new run
 * has its id in `retryOfRunId`; a run that the wakeup is coalesced into does not. Errors: those of `request`.
 */
export async function rerun(
  sql: RawSql,
  runId: string,
  request: Pick<WakeupRequest, 'actor' | 'triggerDetail' | 'cause'>,
): Promise<WakeupAnswer> {
  const answer = await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const [run] = await db
      .select({ agentId: heartbeatRuns.agentId, context: readableContext })
      .from(heartbeatRuns)
      .where(eq(heartbeatRuns.id, runId))
    if (!run) throw notFound('run')
    const context = run.context ?? {}
    // The depth is that of the new request, not that of the run.
    const { wakeDepth: _depth, ...contextSnapshot } = givenContextOf(context)
    const { reason, payload } = lastOf(wakeupsOf(context))
    const wakeup: WakeupRequest = {
      agentId: run.agentId,
      source: 'on_demand',
      reason,
      payload,
      contextSnapshot,
      ...request,
    }
    const given = await requestIn(tx, wakeup)
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
