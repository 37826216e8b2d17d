import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { clockTime, equalsAny } from '@/db/expressions'
import { agents, heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import type { NewRunEvent } from '@/server/domain/run-event'
import { storableText } from '@/server/domain/storable'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { liveEventsOfRunEvents, liveEventsOfRuns } from '@/server/live/statements'
import { insertEvents } from './events'
import { cancelledEnding } from './retry'
import { isLive, isQueued, isRunning } from './status-filters'
import { endIn } from './transition'
import { type Run, type RunRow, runColumns } from './view'

type CancelCode = NonNullable<RunRow['cancelCode']>

/**
 * Ends a queued run at once. Marks a running one, which ends when its runner has seen its processes end. A run that has
 * ended does not change. Returns the run.
 */
export async function cancel(sql: RawSql, runId: string, reason: string | null, by?: AuditActor): Promise<Run> {
  return await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const isThisRun = eq(heartbeatRuns.id, runId)
    const agentOfRun = db.select({ id: heartbeatRuns.agentId }).from(heartbeatRuns).where(isThisRun)
    await db.select({ id: agents.id }).from(agents).where(eq(agents.id, agentOfRun)).for('no key update')
    const { companyId } = heartbeatRuns
    const [live] = await db.select({ companyId }).from(heartbeatRuns).where(and(isThisRun, isLive))
    await stopIn(tx, isThisRun, reason, 'cancelled')
    if (live && by) await recordActivity(tx, { ...live, by, action: 'run.cancel', subject: { type: 'run', id: runId } })
    const [run] = await db.select(runColumns).from(heartbeatRuns).where(isThisRun)
    if (!run) throw notFound('run')
    return run
  })
}

/** Stops every live run of these agents, which the caller has locked. */
export async function cancelOfAgents(tx: Tx, agentIds: string[], reason: string): Promise<void> {
  await stopIn(tx, equalsAny(heartbeatRuns.agentId, agentIds), reason, 'cancelled')
}

/** Stops a run that has spent a budget; its agent is locked by the caller. */
export async function stopForBudgetIn(tx: Tx, runId: string): Promise<void> {
  await stopIn(tx, eq(heartbeatRuns.id, runId), 'Stopped: the budget of this month is spent.', 'budget_exceeded')
}

async function stopIn(tx: Tx, which: SQL, reason: string | null, code: CancelCode): Promise<void> {
  const cancelReason = reason === null ? null : storableText(reason)
  await endQueued(tx, which, { cancelReason, cancelCode: code })
  await markRunning(tx, which, cancelReason, code)
}

async function endQueued(tx: Tx, which: SQL, request: Pick<RunRow, 'cancelReason' | 'cancelCode'>): Promise<void> {
  const runIds = await lock(tx, and(isQueued, which))
  if (runIds.length === 0) return
  const { id, agentId } = heartbeatRuns
  const queued = await drizzleOn(tx)
    .update(heartbeatRuns)
    .set({ ...request, cancelRequestedAt: clockTime() })
    .where(and(equalsAny(id, runIds), isQueued))
    .returning({ runId: id, agentId })
  const outcome = cancelledEnding(request)
  const endings = queued.map((run) => ({ ...run, workerId: null, ...outcome }))
  await endIn(tx, endings)
}

/** A later request does not overwrite the time, reason and code of the first. */
async function markRunning(tx: Tx, which: SQL, reason: string | null, code: CancelCode): Promise<void> {
  const runIds = await lock(tx, and(isRunning, isNull(heartbeatRuns.cancelRequestedAt), which))
  if (runIds.length === 0) return
  const message = reason ? `Cancel requested: ${reason}` : 'Cancel requested.'
  const events = JSON.stringify([{ eventType: 'warning', level: 'warn', message }] satisfies NewRunEvent[])
  await tx`
    with run as (
      update heartbeat_runs set cancel_requested_at = clock_timestamp(), cancel_reason = ${reason}, cancel_code = ${code},
        last_event_seq = last_event_seq + 1
      where id = any(${runIds}) and status = 'running'
      returning *, last_event_seq - 1 as seq_before, ${events}::text::jsonb as events
    ), ${insertEvents(tx, tx`run.cancel_requested_at`)}
    insert into live_events (company_id, type, payload)
    ${liveEventsOfRuns(tx, 'run', 'heartbeat.run.status')} union all ${liveEventsOfRunEvents(tx)}`
}

/** In the order of their ids, as every transaction locks several runs. */
async function lock(tx: Tx, which: SQL | undefined): Promise<string[]> {
  const { id } = heartbeatRuns
  const locked = await drizzleOn(tx).select({ id }).from(heartbeatRuns).where(which).orderBy(id).for('no key update')
  return locked.map((run) => run.id)
}
