import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import type { NewRunEvent } from '@/server/domain/run-event'
import { storableText } from '@/server/domain/storable'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { runEventNews, runNews } from '@/server/live/statements'
import { insertEvents, lockRuns } from './events'
import { cancelledEnding } from './retry'
import { endIn } from './transition'
import { type Run, runColumns } from './view'

type CancelCode = 'cancelled' | 'budget_exceeded'

/**
 * A queued run ends now; a running one is marked, and ends when its runner has seen its processes gone. A run that has
 * ended stays as it is. Answers the run.
 */
export async function cancel(sql: RawSql, runId: string, reason: string | null, by?: AuditActor): Promise<Run> {
  return await transaction(sql, async (tx) => {
    await tx`
      select from agents where id = (select agent_id from heartbeat_runs where id = ${runId}) for no key update`
    const [live] = await tx<[{ companyId: string }?]>`
      select company_id from heartbeat_runs where id = ${runId} and status in ('queued', 'running')`
    await stopIn(tx, tx`id = ${runId}`, reason, 'cancelled')
    if (live && by) await recordActivity(tx, { ...live, by, action: 'run.cancel', subject: { type: 'run', id: runId } })
    const [run] = await tx<Run[]>`select ${runColumns(tx)} from heartbeat_runs r where id = ${runId}`
    if (!run) throw notFound('run')
    return run
  })
}

/** Stops every live run of these agents, which the caller has locked. */
export async function cancelOfAgents(tx: Tx, agentIds: string[], reason: string): Promise<void> {
  await stopIn(tx, tx`agent_id = any(${agentIds})`, reason, 'cancelled')
}

/** Stops a run that has spent a budget; its agent is locked by the caller. */
export async function stopForBudgetIn(tx: Tx, runId: string): Promise<void> {
  await stopIn(tx, tx`id = ${runId}`, 'Stopped: the budget of this month is spent.', 'budget_exceeded')
}

async function stopIn(tx: Tx, which: ReturnType<Tx>, reason: string | null, code: CancelCode): Promise<void> {
  const said = reason === null ? null : storableText(reason)
  const queued = await tx<{ id: string; agentId: string }[]>`
    with locked as materialized (
      ${lockRuns(tx, tx`status = 'queued' and ${which}`)}
    )
    update heartbeat_runs q set cancel_requested_at = clock_timestamp(), cancel_reason = ${said}, cancel_code = ${code}
    from locked where q.id = locked.id and q.status = 'queued' returning q.id, q.agent_id`
  if (queued.length > 0) {
    const outcome = cancelledEnding({ cancelReason: said, cancelCode: code })
    await endIn(
      tx,
      queued.map((run) => ({ runId: run.id, agentId: run.agentId, serverId: null, ...outcome })),
    )
  }
  await markIn(tx, which, said, code)
}

/** The first request stands: its time, reason and code are not overwritten by a later one. */
async function markIn(tx: Tx, which: ReturnType<Tx>, reason: string | null, code: CancelCode): Promise<void> {
  const message = reason ? `Cancel requested: ${reason}` : 'Cancel requested.'
  const events = JSON.stringify([{ eventType: 'warning', level: 'warn', message }] satisfies NewRunEvent[])
  await lockRuns(tx, tx`status = 'running' and ${which}`)
  await tx`
    with r as (
      update heartbeat_runs set cancel_requested_at = clock_timestamp(), cancel_reason = ${reason}, cancel_code = ${code},
        last_event_seq = last_event_seq + 1
      where status = 'running' and cancel_requested_at is null and ${which}
      returning *, last_event_seq - 1 as seq_before, ${events}::text::jsonb as events
    ), ${insertEvents(tx, tx`r.cancel_requested_at`)}
    insert into live_events (company_id, type, payload)
    ${runNews(tx, 'r', 'heartbeat.run.status')} union all ${runEventNews(tx)}`
}
