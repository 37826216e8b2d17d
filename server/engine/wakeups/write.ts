import type { Tx } from '@/db/client'
import type { SkipReason, WakeupSource } from '@/server/domain/wakeup-status'
import { depthOf, wakeupEntry } from '@/server/engine/runs/context'
import { recordWakeup } from '@/server/identity/activity/record'
import { runNews, wakeupNews } from '@/server/live/statements'
import type { NewWakeup } from './request'

/** Which rows tell the answer. */
export type Written = { wakeupId: string; runId: string | null }

/** How much later each source stands in the queue: a rank, not a wall, so that nothing starves. */
const rankSeconds = { on_demand: 0, assignment: 60, automation: 120, timer: 180 } as const satisfies Record<
  WakeupSource,
  number
>

/** New runs, one for each of these wakeups of one actor, in one statement: requests, runs, back-links, first events, live events. */
export async function queue(tx: Tx, wishes: { wakeup: NewWakeup; runId: string }[]): Promise<void> {
  const by = wishes[0]?.wakeup.actor
  if (!by) return
  const rows = wishes.map(({ wakeup, runId }) => queuedRow(wakeup, runId))
  await tx`
    with ${time(tx)}, g as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as g(id uuid, run_id uuid, company_id uuid, agent_id uuid, source text, trigger_detail text, reason text,
          payload jsonb, context jsonb, key text, actor_type text, actor_id text, rank_seconds integer, depth smallint,
          bytes integer)
    ), w as (
      insert into agent_wakeup_requests (id, company_id, agent_id, source, trigger_detail, reason, payload,
        context_snapshot, idempotency_key, requested_by_actor_type, requested_by_actor_id, status, run_id, requested_at,
        wake_depth)
      select id, company_id, agent_id, source, trigger_detail, reason, nullif(payload, 'null'), nullif(context, 'null'),
        key, actor_type, actor_id, 'queued', run_id, at, depth
      from g, t
      returning *
    ), r as (
      insert into heartbeat_runs (id, company_id, agent_id, invocation_source, trigger_detail, wakeup_request_id,
        queue_position, created_at, context_snapshot, wake_depth, wakeup_bytes, last_event_seq)
      select w.run_id, w.company_id, w.agent_id, w.source, w.trigger_detail, w.id,
        w.requested_at + g.rank_seconds * interval '1 second', w.requested_at,
        coalesce(context_snapshot, '{}') || ${depthOf(tx, tx`w.wake_depth`)}
          || jsonb_build_object('wakeups', jsonb_build_array(${wakeupEntry(tx)})), w.wake_depth, g.bytes, 1
      from w join g using (id) returning *
    ), e as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, message, payload, created_at)
      select id, 1, company_id, 'lifecycle', 'Queued.', '{"status":"queued"}'::jsonb, created_at from r
    )${recordWakeup(tx, by)}
    insert into live_events (company_id, type, payload)
    ${runNews(tx, 'r', 'heartbeat.run.queued')} union all ${wakeupNews(tx, 'w')}`.execute()
}

function queuedRow(wakeup: NewWakeup, runId: string) {
  const { id, reason, payload, actor } = wakeup
  return {
    id,
    run_id: runId,
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
    rank_seconds: rankSeconds[wakeup.source],
    depth: wakeup.wakeDepth,
    bytes: bytesOf(wakeup),
  }
}

/** What it adds to what a run carries. */
function bytesOf({ payload, contextSnapshot }: NewWakeup): number {
  return [payload, contextSnapshot].reduce<number>((sum, value) => sum + jsonBytes(value), 0)
}

function jsonBytes(value: unknown): number {
  return value == null ? 0 : Buffer.byteLength(JSON.stringify(value))
}

/**
 * Into the run that waits, whose context it is a part of from now on. What the run carries already is neither read nor
 * written: its context is put together when it is read, and written when it starts.
 */
export async function merge(tx: Tx, wakeup: NewWakeup, runId: string): Promise<Written> {
  const repeated = await raiseCoalescedTimer(tx, wakeup, runId)
  if (repeated) return repeated
  await tx`
    with ${time(tx)}, w as (
      ${insertWakeup(tx, wakeup, { status: 'coalesced', runId, contextRunId: runId })}
    ), r as (
      update heartbeat_runs set is_context_whole = false, wakeup_count = wakeup_count + 1,
        wakeup_bytes = wakeup_bytes + ${bytesOf(wakeup)}, wake_depth = greatest(wake_depth, ${wakeup.wakeDepth}::smallint),
        queue_position = least(queue_position,
          (select at from t) + ${rankSeconds[wakeup.source]} * interval '1 second')
      where id = ${runId} returning wakeup_request_id
    ), survivor as (
      update agent_wakeup_requests set coalesced_count = coalesced_count + 1
      where id = (select wakeup_request_id from r)
    )${recordWakeup(tx, wakeup.actor)}
    insert into live_events (company_id, type, payload) ${wakeupNews(tx, 'w')}`
  return { wakeupId: wakeup.id, runId }
}

/** Linked to a run that is under way, whose context stays what its process was given. */
export async function join(tx: Tx, wakeup: NewWakeup, runId: string): Promise<Written> {
  const repeated = await raiseCoalescedTimer(tx, wakeup, runId)
  if (repeated) return repeated
  await tx`
    with ${time(tx)}, w as (
      ${insertWakeup(tx, wakeup, { status: 'coalesced', runId })}
    ), survivor as (
      update agent_wakeup_requests set coalesced_count = coalesced_count + 1
      where id = (select wakeup_request_id from heartbeat_runs where id = ${runId})
    )${recordWakeup(tx, wakeup.actor)}
    insert into live_events (company_id, type, payload) ${wakeupNews(tx, 'w')}`
  return { wakeupId: wakeup.id, runId }
}

/** Only a receipt. A timer that is skipped again for the same reason raises the count of its last receipt. */
export async function skip(tx: Tx, wakeup: NewWakeup, reason: SkipReason): Promise<Written> {
  const repeated = await raiseSkippedTimer(tx, wakeup, reason)
  if (repeated) return repeated
  await tx`
    with ${time(tx)}, w as (
      ${insertWakeup(tx, wakeup, { status: 'skipped', skipReason: reason })}
    )${recordWakeup(tx, wakeup.actor)}
    insert into live_events (company_id, type, payload) ${wakeupNews(tx, 'w')}`
  return { wakeupId: wakeup.id, runId: null }
}

/** A run stores one coalesced timer request at most; further firings are counted on it. */
async function raiseCoalescedTimer(tx: Tx, wakeup: NewWakeup, runId: string): Promise<Written | null> {
  if (!isBareTimer(wakeup)) return null
  const [raised] = await tx<[{ id: string }?]>`
    update agent_wakeup_requests set coalesced_count = coalesced_count + 1
    where run_id = ${runId} and status = 'coalesced' and ${bareTimer(tx)} returning id`
  return raised ? { wakeupId: raised.id, runId } : null
}

async function raiseSkippedTimer(tx: Tx, wakeup: NewWakeup, reason: SkipReason): Promise<Written | null> {
  if (!isBareTimer(wakeup)) return null
  const [raised] = await tx<[{ id: string }?]>`
    update agent_wakeup_requests set coalesced_count = coalesced_count + 1
    where id = (select id from agent_wakeup_requests where agent_id = ${wakeup.agentId}
        order by requested_at desc, id desc limit 1)
      and status = 'skipped' and skip_reason = ${reason} and ${bareTimer(tx)}
    returning id`
  return raised ? { wakeupId: raised.id, runId: null } : null
}

/** A timer that is asked for with something of its own is kept as what it is: a count would lose it. */
function isBareTimer({ source, idempotencyKey, reason, payload, contextSnapshot }: NewWakeup): boolean {
  const isBare = idempotencyKey === null && reason === null && payload === null
  return source === 'timer' && isBare && Object.keys(contextSnapshot ?? {}).length === 0
}

function bareTimer(tx: Tx) {
  return tx`source = 'timer' and idempotency_key is null and reason is null and payload is null
    and coalesce(context_snapshot, '{}') = '{}'`
}

type Ending =
  | { status: 'coalesced'; runId: string; contextRunId?: string }
  | { status: 'skipped'; skipReason: SkipReason }

/**
 * The CTE `t`: the one time of all that a statement writes. It is taken under the agent's lock, not at the start of the
 * transaction that waited for it: times order as the list does.
 */
function time(tx: Tx) {
  return tx`t as materialized (select clock_timestamp() as at)`
}

/** In a statement that begins with `time`. */
function insertWakeup(tx: Tx, wakeup: NewWakeup, ending: Ending) {
  return tx`
    insert into agent_wakeup_requests (id, company_id, agent_id, source, trigger_detail, reason, payload,
      context_snapshot, idempotency_key, requested_by_actor_type, requested_by_actor_id, status, run_id, context_run_id,
      skip_reason, wake_depth, requested_at, finished_at)
    values (${wakeup.id}, ${wakeup.companyId}, ${wakeup.agentId}, ${wakeup.source}, ${wakeup.triggerDetail},
      ${wakeup.reason}, ${jsonb(tx, wakeup.payload)}, ${jsonb(tx, wakeup.contextSnapshot)}, ${wakeup.idempotencyKey},
      ${wakeup.actor.type}, ${wakeup.actor.id}, ${ending.status}, ${'runId' in ending ? ending.runId : null},
      ${'runId' in ending ? (ending.contextRunId ?? null) : null}, ${'skipReason' in ending ? ending.skipReason : null},
      ${wakeup.wakeDepth}, (select at from t), (select at from t))
    returning *`
}

function jsonb(tx: Tx, value: unknown) {
  return value === null ? null : tx`${JSON.stringify(value)}::text::jsonb`
}
