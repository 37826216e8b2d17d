import { randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { agents, companies, companyCancels, heartbeatRuns } from '@/db/schema'
import { policyIfReadable } from '@/server/domain/policy'
import { liveEventsOfRuns, liveEventsOfWakeups } from '@/server/live/statements'
import { mostMergedBytes, wholeContext } from './context'
import type { Ending } from './ending'
import { enqueue } from './enqueue'
import { isQueued } from './status-filters'
import type { RunRow } from './view'

/**
 * Decides, with the agents locked, which endings get a retry. A run with a requested cancel ends cancelled instead, although
 * its runner was lost.
 */
export async function judgeRetries(tx: Tx, endings: Ending[]): Promise<(Ending & { retrying: boolean })[]> {
  const candidates = endings.filter((ending) => ending.retry)
  if (candidates.length === 0) return endings.map((ending) => ({ ...ending, retrying: false }))
  const rows = await findFacts(
    tx,
    candidates.map((ending) => ending.runId),
  )
  const facts = new Map(rows.map((row) => [row.run.id, row]))
  return endings.map((ending) => {
    const row = ending.retry ? facts.get(ending.runId) : undefined
    if (!row) return { ...ending, retrying: false }
    if (row.run.cancelRequestedAt) return { ...ending, ...cancelledEnding(row.run), retry: undefined, retrying: false }
    if (row.companyCancelReason !== null) {
      const request = { cancelReason: row.companyCancelReason, cancelCode: 'cancelled' } as const
      return { ...ending, ...cancelledEnding(request), retry: undefined, retrying: false }
    }
    // After a pause with `finish`, the retry waits for the resume, like other queued runs.
    const mayRun = row.agent.status !== 'terminated' && row.companyStatus !== 'archived'
    const attemptLeft =
      ending.retry === 'server_stopped' ||
      row.run.lostAttempts < (policyIfReadable(row.agent.runtimeConfig)?.retryOnRunnerLost ?? 0)
    const isTooLarge = row.queuedBytes !== null && row.queuedBytes + row.run.wakeupBytes > mostMergedBytes
    if (mayRun && attemptLeft && isTooLarge) return { ...ending, error: tooLarge(ending.error), retrying: false }
    return { ...ending, retrying: mayRun && attemptLeft }
  })
}

function tooLarge(error: string | null): string {
  return `${error ?? ''} It was not queued again: the agent's queued run is too large to merge it.`.trim()
}

/** The ending of a run that was stopped: `failed` for a spent budget, `cancelled` for a cancel by a person. */
export function cancelledEnding(run: Pick<RunRow, 'cancelReason' | 'cancelCode'>) {
  if (run.cancelCode === 'budget_exceeded') {
    return {
      status: 'failed',
      errorCode: 'budget_exceeded',
      error: run.cancelReason ?? 'Stopped: the budget is spent.',
    } as const
  }
  return { status: 'cancelled', errorCode: 'cancelled', error: run.cancelReason ?? 'Cancelled.' } as const
}

async function findFacts(tx: Tx, runIds: string[]) {
  const queued = alias(heartbeatRuns, 'queued')
  const { id, lostAttempts, cancelRequestedAt, cancelReason, cancelCode, wakeupBytes } = heartbeatRuns
  return await drizzleOn(tx)
    .select({
      run: { id, lostAttempts, cancelRequestedAt, cancelReason, cancelCode, wakeupBytes },
      agent: { status: agents.status, runtimeConfig: agents.runtimeConfig },
      companyStatus: companies.status,
      companyCancelReason: companyCancels.reason,
      queuedBytes: queued.wakeupBytes,
    })
    .from(heartbeatRuns)
    .innerJoin(agents, eq(agents.id, heartbeatRuns.agentId))
    .innerJoin(companies, eq(companies.id, heartbeatRuns.companyId))
    .leftJoin(companyCancels, eq(companyCancels.companyId, companies.id))
    .leftJoin(queued, and(eq(queued.agentId, agents.id), eq(queued.status, 'queued').inlineParams()))
    .where(equalsAny(id, runIds))
}

/** Makes a new queued run for one that was lost or stopped, or merges it into the agent's queued run. Returns the queued run's id. */
export async function requeue(
  tx: Tx,
  lost: Pick<RunRow, 'id' | 'agentId' | 'lostAttempts'>,
  why: 'runner_lost' | 'server_stopped',
): Promise<string> {
  const attempts = lost.lostAttempts + (why === 'runner_lost' ? 1 : 0)
  const [queued] = await drizzleOn(tx)
    .select({ id: heartbeatRuns.id })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.agentId, lost.agentId), isQueued))
  const runId = queued?.id ?? randomUUID()
  if (queued) await mergeLost(tx, lost.id, runId, attempts)
  else await enqueueAgain(tx, lost.id, runId, attempts)
  await tx`
    with wakeup as (
      update agent_wakeup_requests set run_id = ${runId}
      where run_id = ${lost.id} and status in ('queued', 'claimed') returning *
    )
    insert into live_events (company_id, type, payload) ${liveEventsOfWakeups(tx, 'wakeup')}`
  return runId
}

async function enqueueAgain(tx: Tx, lostId: string, runId: string, attempts: number): Promise<void> {
  await tx`
    with queued as (
      select ${runId}::uuid as id, company_id, agent_id, invocation_source, trigger_detail, wakeup_request_id,
        id as retry_of_run_id, ${attempts}::smallint as lost_attempts, wake_depth,
        ${tx.unsafe(wholeContext('lost'))} as context_snapshot, wakeup_count, wakeup_bytes, queue_position,
        clock_timestamp() as created_at
      from heartbeat_runs lost where id = ${lostId}
    ), ${enqueue(tx, 'Queued again.')}
    insert into live_events (company_id, type, payload) ${liveEventsOfRuns(tx, 'run', 'heartbeat.run.queued')}`
}

/**
 * The wakeups of the lost run come before those of the queued one. Runs that were lost together may end in any order:
 * `wholeContext` assembles the context from all wakeups in their order. The queued run may exceed `queueBounds`, up to
 * `mostMergedBytes`.
 */
async function mergeLost(tx: Tx, lostId: string, queuedId: string, attempts: number): Promise<void> {
  await tx`
    update heartbeat_runs queued set retry_of_run_id = lost.id,
      lost_attempts = greatest(queued.lost_attempts, ${attempts}),
      wake_depth = greatest(queued.wake_depth, lost.wake_depth),
      queue_position = least(queued.queue_position, lost.queue_position),
      wakeup_count = queued.wakeup_count + lost.wakeup_count, wakeup_bytes = queued.wakeup_bytes + lost.wakeup_bytes,
      is_context_whole = false,
      context_snapshot = lost.context || queued.context_snapshot || jsonb_build_object('wakeups',
        coalesce(lost.context -> 'wakeups', '[]') || coalesce(queued.context_snapshot -> 'wakeups', '[]'))
    from (
      select id, wake_depth, queue_position, wakeup_count, wakeup_bytes, ${tx.unsafe(wholeContext('run'))} as context
      from heartbeat_runs run where id = ${lostId}
    ) lost
    where queued.id = ${queuedId}`
}
