import type { Tx } from '@/db/client'
import type { Verdict } from './decide'
import type { NewWakeup } from './request'

export type WakeBounds = { maxDepth: number; perHour: number }
/** The agent that asks; the run whose token it asked with, or null where it used a key of its own. */
export type AgentCause = { agentId: string; runId: string | null; bounds: WakeBounds }

/**
 * Holds an agent's wish against the bounds. Its depth is that of the run it asks from, and one: read from the row of the
 * run that the token names, never from what is sent. One at a time per company, so that the hourly count is exact.
 * What people and timers ask for passes without a statement, at depth 0.
 */
export async function boundAgent(
  tx: Tx,
  wakeup: NewWakeup,
  verdict: Verdict,
): Promise<{ verdict: Verdict; depth: number }> {
  const { cause } = wakeup
  if (!cause) return { verdict, depth: 0 }
  const { runId, agentId, bounds } = cause
  const [, [facts]] = await Promise.all([
    tx`select pg_advisory_xact_lock(hashtextextended(${`wakeups of agents ${wakeup.companyId}`}, 0))`,
    tx<[{ depth: number; made: number }]>`
      select
        coalesce((select max(wake_depth) from heartbeat_runs
          where ${runId ? tx`id = ${runId}` : tx`agent_id = ${agentId} and status = 'running'`}), 0) + 1 as depth,
        (select count(*)::int from (
          select from agent_wakeup_requests
          where company_id = ${wakeup.companyId} and requested_by_actor_type = 'agent' and status <> 'skipped'
            and requested_at > now() - interval '1 hour'
          limit ${bounds.perHour}) within_the_hour) as made`,
  ])
  const { depth, made } = facts
  if (verdict.kind === 'skip') return { verdict, depth }
  if (depth > bounds.maxDepth) return { verdict: { kind: 'skip', reason: 'wakeup.too_deep' }, depth }
  if (made >= bounds.perHour) return { verdict: { kind: 'skip', reason: 'wakeup.too_many' }, depth }
  return { verdict, depth }
}

/** An agent that asks again and again against a bound leaves one receipt, whose count grows. */
export async function repeatedRefusal(tx: Tx, wakeup: NewWakeup, verdict: Verdict) {
  if (!wakeup.cause || verdict.kind !== 'skip' || !verdict.reason.startsWith('wakeup.')) return null
  const [raised] = await tx<[{ id: string }?]>`
    update agent_wakeup_requests set coalesced_count = coalesced_count + 1
    where id = (select id from agent_wakeup_requests where agent_id = ${wakeup.agentId}
        order by requested_at desc, id desc limit 1)
      and status = 'skipped' and skip_reason = ${verdict.reason} and requested_by_actor_id = ${wakeup.actor.id}
    returning id`
  return raised ? { wakeupId: raised.id, runId: null } : null
}
