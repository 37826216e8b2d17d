import type { Tx } from '@/db/client'
import type { JsonObject } from '@/server/domain/json'
import type { SkipReason, WakeupSource, WakeupStatus } from '@/server/domain/wakeup-status'
import { depthOf, wakeupEntry } from '@/server/engine/runs/context'
import { enqueue } from '@/server/engine/runs/enqueue'
import { liveEventsOfRuns, liveEventsOfWakeups } from '@/server/live/statements'
import { recordWakeup } from './record-activity'
import { countCoalescedTimer, countSkippedTimer } from './repeated'
import type { WakeupRequest } from './request'

/** A wakeup request with its id and storable text. */
export type NewWakeup = Omit<WakeupRequest, 'reason' | 'payload' | 'idempotencyKey' | 'contextSnapshot'> & {
  id: string
  companyId: string
  reason: string | null
  payload: unknown
  idempotencyKey: string | null
  contextSnapshot: JsonObject | null
  /** How many agents have woken each other in a row. */
  wakeDepth: number
}

/** The rows that the answer is read from. */
export type Written = { wakeupId: string; runId: string | null }

/** How much later a source is ordered in the queue: only seconds, so that no source starves. */
const rankSeconds = { on_demand: 0, assignment: 60, automation: 120, timer: 180 } as const satisfies Record<
  WakeupSource,
  number
>

/** Queues a run for each of these wakeups of one actor, in one statement: requests, runs, first events, live events. */
export async function queue(tx: Tx, requests: { wakeup: NewWakeup; runId: string }[]): Promise<void> {
  const by = requests[0]?.wakeup.actor
  if (!by) return
  const rows = requests.map(({ wakeup, runId }) => givenRow(wakeup, { status: 'queued', runId }))
  await tx`
    with ${insertWakeups(tx, rows)}, queued as (
      select wakeup.run_id as id, wakeup.company_id, wakeup.agent_id, wakeup.source as invocation_source,
        wakeup.trigger_detail, wakeup.id as wakeup_request_id, null::uuid as retry_of_run_id, 0 as lost_attempts,
        wakeup.wake_depth, coalesce(wakeup.context_snapshot, '{}') || ${tx.unsafe(depthOf('wakeup.wake_depth'))}
          || jsonb_build_object('wakeups', jsonb_build_array(${tx.unsafe(wakeupEntry)})) as context_snapshot,
        1 as wakeup_count, given.bytes as wakeup_bytes,
        wakeup.requested_at + given.rank_seconds * interval '1 second' as queue_position,
        wakeup.requested_at as created_at
      from wakeup join given on given.id = wakeup.id
    ), ${enqueue(tx, 'Queued.')}${recordWakeup(tx, by)}
    insert into live_events (company_id, type, payload)
    ${liveEventsOfRuns(tx, 'run', 'heartbeat.run.queued')} union all ${liveEventsOfWakeups(tx, 'wakeup')}`.execute()
}

/**
 * Coalesces a wakeup into the queued run and its context. The context that the run has is neither read nor written: it is
 * assembled when it is read, and stored when the run starts.
 */
export async function merge(tx: Tx, wakeup: NewWakeup, runId: string): Promise<Written> {
  const counted = await countCoalescedTimer(tx, wakeup, runId)
  if (counted) return counted
  const rows = [givenRow(wakeup, { status: 'coalesced', runId, contextRunId: runId })]
  await tx`
    with ${insertWakeups(tx, rows)}, run as (
      update heartbeat_runs run set is_context_whole = false, wakeup_count = run.wakeup_count + 1,
        wakeup_bytes = run.wakeup_bytes + given.bytes, wake_depth = greatest(run.wake_depth, given.depth),
        queue_position = least(run.queue_position, moment.at + given.rank_seconds * interval '1 second')
      from given, moment where run.id = given.run_id returning run.wakeup_request_id
    ), survivor as (
      update agent_wakeup_requests set coalesced_count = coalesced_count + 1
      where id = (select wakeup_request_id from run)
    )${recordWakeup(tx, wakeup.actor)}
    insert into live_events (company_id, type, payload) ${liveEventsOfWakeups(tx, 'wakeup')}`
  return { wakeupId: wakeup.id, runId }
}

/** Coalesces a wakeup into a running run, whose context does not change: its process has received it. */
export async function join(tx: Tx, wakeup: NewWakeup, runId: string): Promise<Written> {
  const counted = await countCoalescedTimer(tx, wakeup, runId)
  if (counted) return counted
  await tx`
    with ${insertWakeups(tx, [givenRow(wakeup, { status: 'coalesced', runId })])}, survivor as (
      update agent_wakeup_requests set coalesced_count = coalesced_count + 1
      where id = (select wakeup_request_id from heartbeat_runs where id = ${runId})
    )${recordWakeup(tx, wakeup.actor)}
    insert into live_events (company_id, type, payload) ${liveEventsOfWakeups(tx, 'wakeup')}`
  return { wakeupId: wakeup.id, runId }
}

/** Stores only a receipt. */
export async function skip(tx: Tx, wakeup: NewWakeup, reason: SkipReason): Promise<Written> {
  const counted = await countSkippedTimer(tx, wakeup, reason)
  if (counted) return counted
  await tx`
    with ${insertWakeups(tx, [givenRow(wakeup, { status: 'skipped', skipReason: reason })])}${recordWakeup(tx, wakeup.actor)}
    insert into live_events (company_id, type, payload) ${liveEventsOfWakeups(tx, 'wakeup')}`
  return { wakeupId: wakeup.id, runId: null }
}

/** The columns that depend on the outcome. */
type Outcome = { status: WakeupStatus; runId?: string; contextRunId?: string; skipReason?: SkipReason }

function givenRow(wakeup: NewWakeup, outcome: Outcome) {
  const { id, reason, payload, actor } = wakeup
  return {
    id,
    company_id: wakeup.companyId,
    agent_id: wakeup.agentId,
    source: wakeup.source,
    trigger_detail: wakeup.triggerDetail,
    reason,
    payload,
    context: wakeup.contextSnapshot,
    key: wakeup.idempotencyKey,
    actor_type: actor.type,
    actor_id: actor.id,
    status: outcome.status,
    run_id: outcome.runId ?? null,
    context_run_id: outcome.contextRunId ?? null,
    skip_reason: outcome.skipReason ?? null,
    depth: wakeup.wakeDepth,
    rank_seconds: rankSeconds[wakeup.source],
    bytes: jsonBytes(payload) + jsonBytes(wakeup.contextSnapshot),
  }
}

function jsonBytes(value: unknown): number {
  return value == null ? 0 : Buffer.byteLength(JSON.stringify(value))
}

/**
 * The CTEs `given` (these rows), `moment`, and `wakeup`, the rows that are inserted into `agent_wakeup_requests`. `moment`
 * is the time of all that the statement writes. It is read under the agent's lock, not at the start of the transaction,
 * which may have waited for it: so times have the order of the wakeups.
 */
function insertWakeups(tx: Tx, rows: ReturnType<typeof givenRow>[]) {
  return tx`given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as given(id uuid, company_id uuid,
        agent_id uuid, source text, trigger_detail text, reason text, payload jsonb, context jsonb, key text,
        actor_type text, actor_id text, status text, run_id uuid, context_run_id uuid, skip_reason text, depth smallint,
        rank_seconds integer, bytes integer)
    ), moment as materialized (
      select clock_timestamp() as at
    ), wakeup as (
      insert into agent_wakeup_requests (id, company_id, agent_id, source, trigger_detail, reason, payload,
        context_snapshot, idempotency_key, requested_by_actor_type, requested_by_actor_id, status, run_id,
        context_run_id, skip_reason, wake_depth, requested_at, finished_at)
      select id, company_id, agent_id, source, trigger_detail, reason, nullif(payload, 'null'),
        nullif(context, 'null'), key, actor_type, actor_id, status, run_id,
        context_run_id, skip_reason, depth, at, case when status <> 'queued' then at end
      from given, moment
      returning *
    )`
}
