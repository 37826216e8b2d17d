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
import { runEventNews, runNews } from '@/server/live/statements'
import { insertEvents } from './events'
import { cancelledEnding } from './retry'
import { isLive, isQueued, isRunning } from './status-filters'
import { endIn } from './transition'
import { type Run, type RunRow, runColumns } from './view'

type CancelCode = NonNullable<RunRow['cancelCode']>

/**
 * A queued run ends now; a running one is marked, and ends when its runner has seen its processes gone. A run that has
 * ended stays as it is. Answers the run.
 */
export async function cancel(sql: RawSql, runId: string, reason: string | null, by?: AuditActor): Promise<Run> {
  return await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const isIt = eq(heartbeatRuns.id, runId)
    const itsAgent = db.select({ id: heartbeatRuns.agentId }).from(heartbeatRuns).where(isIt)
    await db.select({ id: agents.id }).from(agents).where(eq(agents.id, itsAgent)).for('no key update')
    const { companyId } = heartbeatRuns
    const [live] = await db.select({ companyId }).from(heartbeatRuns).where(and(isIt, isLive))
    await stopIn(tx, isIt, reason, 'cancelled')
    if (live && by) await recordActivity(tx, { ...live, by, action: 'run.cancel', subject: { type: 'run', id: runId } })
    const [run] = await db.select(runColumns).from(heartbeatRuns).where(isIt)
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

async function endQueued(tx: Tx, which: SQL, asked: Pick<RunRow, 'cancelReason' | 'cancelCode'>): Promise<void> {
  const runIds = await lock(tx, and(isQueued, which))
  if (runIds.length === 0) return
  const { id, agentId } = heartbeatRuns
  const queued = await drizzleOn(tx)
    .update(heartbeatRuns)
    .set({ ...asked, cancelRequestedAt: clockTime() })
    .where(and(equalsAny(id, runIds), isQueued))
    .returning({ runId: id, agentId })
  const outcome = cancelledEnding(asked)
  const endings = queued.map((run) => ({ ...run, serverId: null, ...outcome }))
  await endIn(tx, endings)
}

/** The first request stands: its time, reason and code are not overwritten by a later one. */
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
    ${runNews(tx, 'run', 'heartbeat.run.status')} union all ${runEventNews(tx)}`
}

/** In the order of their ids, as everyone locks several runs. */
async function lock(tx: Tx, which: SQL | undefined): Promise<string[]> {
  const { id } = heartbeatRuns
  const locked = await drizzleOn(tx).select({ id }).from(heartbeatRuns).where(which).orderBy(id).for('no key update')
  return locked.map((run) => run.id)
}
