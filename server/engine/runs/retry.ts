import { randomUUID } from 'node:crypto'
import type { Tx } from '@/db/client'
import type { AgentStatus, CompanyStatus } from '@/server/domain/agent-status'
import { policyIfReadable } from '@/server/domain/policy'
import { runNews, wakeupNews } from '@/server/live/statements'
import { mostMergedBytes, wholeContext } from './context'
import type { Ending } from './ending'
import type { RunRow } from './view'

/**
 * Decides, with the agents locked, which endings get another attempt. A run that was asked to cancel ends cancelled
 * instead, though its runner was lost: what was asked for has come about.
 */
export async function judgeRetries(tx: Tx, endings: Ending[]): Promise<(Ending & { retrying: boolean })[]> {
  const asking = endings.filter((ending) => ending.retry)
  if (asking.length === 0) return endings.map((ending) => ({ ...ending, retrying: false }))
  type Row = {
    id: string
    lostAttempts: number
    cancelRequestedAt: Date | null
    cancelReason: string | null
    cancelCode: 'cancelled' | 'budget_exceeded' | null
    runtimeConfig: unknown
    agentStatus: AgentStatus
    companyStatus: CompanyStatus
    companyCancelReason: string | null
    isTooLarge: boolean
  }
  const rows = await tx<Row[]>`
    select r.id, r.lost_attempts, r.cancel_requested_at, r.cancel_reason, r.cancel_code, a.runtime_config,
      a.status as agent_status, c.status as company_status,
      (select reason from company_cancels x where x.company_id = c.id) as company_cancel_reason,
      exists (select from heartbeat_runs q where q.agent_id = r.agent_id and q.status = 'queued'
        and q.wakeup_bytes::bigint + r.wakeup_bytes > ${mostMergedBytes}) as is_too_large
    from heartbeat_runs r join agents a on a.id = r.agent_id join companies c on c.id = r.company_id
    where r.id = any(${asking.map((ending) => ending.runId)})`
  const facts = new Map(rows.map((row) => [row.id, row]))
  return endings.map((ending) => {
    const row = ending.retry ? facts.get(ending.runId) : undefined
    if (!row) return { ...ending, retrying: false }
    if (row.cancelRequestedAt) return { ...ending, ...cancelledEnding(row), retry: undefined, retrying: false }
    if (row.companyCancelReason !== null) {
      const asked = { cancelReason: row.companyCancelReason, cancelCode: 'cancelled' } as const
      return { ...ending, ...cancelledEnding(asked), retry: undefined, retrying: false }
    }
    // Paused without a cancel, its runs were to finish: the new one waits for the resume, as queued ones do.
    const mayRun = row.agentStatus !== 'terminated' && row.companyStatus !== 'archived'
    const attemptLeft =
      ending.retry === 'server_stopped' ||
      row.lostAttempts < (policyIfReadable(row.runtimeConfig)?.retryOnRunnerLost ?? 0)
    if (mayRun && attemptLeft && row.isTooLarge) return { ...ending, error: tooLarge(ending.error), retrying: false }
    return { ...ending, retrying: mayRun && attemptLeft }
  })
}

function tooLarge(error: string | null): string {
  return `${error ?? ''} It was not queued again: the queued run of the agent carries too much to take it in.`.trim()
}

/** The status a run gets that was stopped on request: a budget's stop is a failure, a person's is a cancel. */
export function cancelledEnding(run: {
  cancelReason: string | null
  cancelCode: 'cancelled' | 'budget_exceeded' | null
}) {
  if (run.cancelCode === 'budget_exceeded') {
    return {
      status: 'failed',
      errorCode: 'budget_exceeded',
      error: run.cancelReason ?? 'Stopped: the budget is spent.',
    } as const
  }
  return { status: 'cancelled', errorCode: 'cancelled', error: run.cancelReason ?? 'Cancelled.' } as const
}

/** A new queued run in the place of one that ended without its fault, or the one that is queued already. */
export async function requeue(
  tx: Tx,
  lost: Pick<RunRow, 'id' | 'agentId' | 'lostAttempts'>,
  why: 'runner_lost' | 'server_stopped',
): Promise<string> {
  const attempts = lost.lostAttempts + (why === 'runner_lost' ? 1 : 0)
  const [queued] = await tx<[{ id: string }?]>`
    select id from heartbeat_runs where agent_id = ${lost.agentId} and status = 'queued'`
  const runId = queued?.id ?? randomUUID()
  if (queued) {
    await mergeLost(tx, lost.id, runId, attempts)
  } else {
    await tx`
      with r as (
        insert into heartbeat_runs (id, company_id, agent_id, invocation_source, trigger_detail, wakeup_request_id,
          retry_of_run_id, lost_attempts, wake_depth, context_snapshot, wakeup_count, wakeup_bytes, queue_position,
          created_at, last_event_seq)
        select ${runId}, company_id, agent_id, invocation_source, trigger_detail, wakeup_request_id, id, ${attempts},
          wake_depth, ${wholeContext(tx, tx`l`)}, wakeup_count, wakeup_bytes, queue_position, clock_timestamp(), 1
        from heartbeat_runs l where id = ${lost.id} returning *
      ), e as (
        insert into heartbeat_run_events (run_id, seq, company_id, event_type, message, payload, created_at)
        select id, 1, company_id, 'lifecycle', 'Queued again.', jsonb_build_object('status', 'queued', 'retryOfRunId',
          retry_of_run_id), created_at from r
      )
      insert into live_events (company_id, type, payload) ${runNews(tx, 'r', 'heartbeat.run.queued')}`
  }
  await tx`
    with w as (
      update agent_wakeup_requests set run_id = ${runId}
      where run_id = ${lost.id} and status in ('queued', 'claimed') returning *
    )
    insert into live_events (company_id, type, payload) ${wakeupNews(tx, 'w')}`
  return runId
}

/**
 * What the lost run carried goes before what the queued one does: in whichever order runs that were lost together end, its
 * context is put together from the whole list in the order of the wakeups (`wholeContext`). The queued run may pass
 * `queueBounds` by it, up to `mostMergedBytes`.
 */
async function mergeLost(tx: Tx, lostId: string, queuedId: string, attempts: number): Promise<void> {
  await tx`
    update heartbeat_runs q set retry_of_run_id = l.id, lost_attempts = greatest(q.lost_attempts, ${attempts}),
      wake_depth = greatest(q.wake_depth, l.wake_depth),
      queue_position = least(q.queue_position, l.queue_position),
      wakeup_count = q.wakeup_count + l.wakeup_count, wakeup_bytes = q.wakeup_bytes + l.wakeup_bytes,
      is_context_whole = false,
      context_snapshot = l.context || q.context_snapshot || jsonb_build_object('wakeups',
        coalesce(l.context -> 'wakeups', '[]') || coalesce(q.context_snapshot -> 'wakeups', '[]'))
    from (select id, wake_depth, queue_position, wakeup_count, wakeup_bytes, ${wholeContext(tx, tx`r`)} as context
      from heartbeat_runs r where id = ${lostId}) l
    where q.id = ${queuedId}`
}
