import type { RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import { refuse, requestIn, type WakeupAnswer, type WakeupWish } from '@/server/wakeups/request'
import { readableContext } from './context'

/**
 * Asks for a run again: with its context, and with the payload of the last wakeup that had one. The new run names it in
 * `retryOfRunId`; where the wakeup joined a run that was there already, that one stays as it is. Errors: those of
 * `request`.
 */
export async function rerun(
  sql: RawSql,
  runId: string,
  asked: Pick<WakeupWish, 'actor' | 'triggerDetail' | 'cause'>,
): Promise<WakeupAnswer> {
  const answer = await transaction(sql, async (tx) => {
    const [run] = await tx<[{ agentId: string; contextSnapshot: Record<string, unknown> }?]>`
      select agent_id, coalesce(${readableContext(tx, tx`r`)}, '{}') as context_snapshot
      from heartbeat_runs r where id = ${runId}`
    if (!run) throw notFound('run')
    // Whoever asks now stands at the depth they have, not at that of the run.
    const { wakeups, wakeDepth: _depth, ...contextSnapshot } = run.contextSnapshot
    const { reason, payload } = lastOf(wakeups)
    const wish: WakeupWish = { agentId: run.agentId, source: 'on_demand', reason, payload, contextSnapshot, ...asked }
    const given = await requestIn(tx, wish)
    if (given.outcome !== 'queued' || !given.run) return given
    await tx`update heartbeat_runs set retry_of_run_id = ${runId} where id = ${given.run.id}`
    return { ...given, run: { ...given.run, retryOfRunId: runId } }
  })
  return refuse(answer as WakeupAnswer)
}

function lastOf(wakeups: unknown): { reason: string | null; payload: unknown } {
  const all = (Array.isArray(wakeups) ? wakeups : []) as { reason?: string | null; payload?: unknown }[]
  const told = all.findLast((wakeup) => wakeup.payload !== null && wakeup.payload !== undefined) ?? all.at(-1)
  return { reason: told?.reason ?? null, payload: told?.payload ?? null }
}
