import type { Executor, RawSql } from '@/db/client'
import { overBudget } from '@/server/engine/charges/budget'
import { agentNews, runNews, wakeupNews } from '@/server/live/statements'
import type { RunRow } from './view'

/** What a claim tells of a run: the rest is read by `loadRun` when the run starts. */
export type HeldRun = Pick<RunRow, 'id' | 'agentId' | 'companyId'>

export type Claim = {
  runs: HeldRun[]
  /** Queued runs whose budget was spent before they could start: to be ended as `budget_exceeded`. */
  overBudget: { runId: string; agentId: string }[]
  /** Whether as many were looked at as were asked for: there may be more. */
  isFull: boolean
}

/** What is found where nothing is claimed. */
export const nothingClaimed: Claim = { runs: [], overBudget: [], isFull: false }

const attempts = 3

/**
 * Takes up to `count` queued runs for the worker `serverId`, in one statement: run, agent, wakeups, event, live events.
 * Run and agent are locked together and passed over when another transaction holds either, which notifies the runners
 * when it is done. A worker that drains, or whose lease has run out, claims nothing.
 */
export async function claim(sql: RawSql, serverId: string, count: number): Promise<Claim> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await claimIn(sql, serverId, count)
    } catch (error) {
      // Another server took the same slot of a company with a limit; the next look sees that it did.
      if (!isSlotTaken(error)) throw error
      if (attempt === attempts) return nothingClaimed
    }
  }
}

/**
 * One attempt, also within a transaction of the caller's: it fails where another server takes a slot first. With `runId`
 * only that run is claimed.
 */
export async function claimIn(sql: Executor, serverId: string, count: number, runId?: string): Promise<Claim> {
  type Row = HeldRun & { overBudget: boolean; isClaimed: boolean }
  const rows = await sql<Row[]>`
    with ${runId ? sql`` : sql`${startable(sql, count)},`} locked as materialized (
      select r.id, r.agent_id, r.company_id, r.queue_position, a.adapter_type, ${overBudget(sql)} as over_budget,
        (${freeSlots(sql, sql`x.agent_id = a.id`, sql`slot`, sql`a.max_concurrent_runs`)} limit 1) as slot,
        c.max_concurrent_runs as company_limit
      from ${runId ? sql`heartbeat_runs r` : sql`startable join heartbeat_runs r on r.id = startable.id`}
        join agents a on a.id = r.agent_id join companies c on c.id = a.company_id
      where r.status = 'queued' and a.status in ('idle', 'running', 'error') and c.status = 'active'
        ${runId ? sql`and r.id = ${runId}` : sql``}
        and exists (select from servers where id = ${serverId} and ended_at is null and not draining
          and lease_expires_at > clock_timestamp())
        and ${running(sql, sql`x.agent_id = a.id`)} < a.max_concurrent_runs
        and (c.max_concurrent_runs is null or ${running(sql, sql`x.company_id = c.id`)} < c.max_concurrent_runs)
      order by r.queue_position, r.id
      limit ${count}
      for no key update of r, a skip locked
    ), numbered as (
      select *, row_number() over (partition by company_id, over_budget order by queue_position, id) as nth from locked
    ), due as (
      select id, agent_id, company_id, adapter_type, over_budget, slot, company_limit, (array(
        ${freeSlots(sql, sql`x.company_id = numbered.company_id`, sql`company_slot`, sql`company_limit`)}))[nth]
        as company_slot
      from numbered
    ), t as materialized (
      -- Not now(): that is before the snapshot, in which the end of the run before was seen.
      select clock_timestamp() as at
    ), r as (
      update heartbeat_runs r set status = 'running', started_at = (select at from t), server_id = ${serverId}, slot = due.slot,
        company_slot = due.company_slot, adapter_type = due.adapter_type, last_event_seq = r.last_event_seq + 1,
        session_id_before = s.session_id, session_version = s.session_version
      from due left join agent_runtime_state s on s.agent_id = due.agent_id
      where r.id = due.id and not due.over_budget and (due.company_limit is null or due.company_slot is not null)
      returning r.*
    ), a as (
      update agents set status = 'running', last_heartbeat_at = (select at from t) where id in (select agent_id from r) returning *
    ), w as (
      update agent_wakeup_requests w set status = 'claimed', claimed_at = r.started_at
      from r where w.run_id = r.id and w.status = 'queued' returning w.*
    ), e as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, message, payload, created_at)
      select id, last_event_seq, company_id, 'lifecycle', 'Started.', '{"status":"running"}', started_at from r
    ), l as (
      insert into live_events (company_id, type, payload)
      ${runNews(sql, 'r', 'heartbeat.run.status')} union all ${agentNews(sql, 'a')} union all ${wakeupNews(sql, 'w')}
    )
    select due.id, due.agent_id, due.company_id, due.over_budget, r.id is not null as is_claimed
    from due left join r on r.id = due.id`.execute()
  return {
    runs: rows.filter((row) => row.isClaimed).map(({ id, agentId, companyId }) => ({ id, agentId, companyId })),
    overBudget: rows.filter((row) => row.overBudget).map((row) => ({ runId: row.id, agentId: row.agentId })),
    isFull: rows.length === count,
  }
}

/** The running runs of the worker `serverId`. */
export async function findHeld(sql: RawSql, serverId: string): Promise<HeldRun[]> {
  return await sql<HeldRun[]>`
    select id, agent_id, company_id from heartbeat_runs where server_id = ${serverId} and status = 'running'`
}

type Fragment = ReturnType<Executor>

/** How many more than are asked for are looked at: others may be locking the first ones at the same moment. */
const lookahead = 50

/**
 * The CTE `startable`: the first queued runs of the companies that may start one, found company by company. What waits in a
 * company that is paused or at its limit is not passed over run by run.
 */
function startable(sql: Executor, count: number): Fragment {
  const next = (after: Fragment) => sql`
    (select company_id from heartbeat_runs where status = 'queued' ${after} order by company_id limit 1)`
  return sql`startable as materialized (
      with recursive waiting (company_id) as (
      ${next(sql``)}
      union all
      select ${next(sql`and company_id > waiting.company_id`)} from waiting where waiting.company_id is not null
      )
      select first.id from waiting join companies c on c.id = waiting.company_id cross join lateral (
        select r.id, r.queue_position from heartbeat_runs r
        where r.company_id = c.id and r.status = 'queued' and (
          -- Looked up run by run: as a join it may be planned to read all agents.
          select a.status in ('idle', 'running', 'error')
            and ${running(sql, sql`x.agent_id = a.id`)} < a.max_concurrent_runs
          from agents a where a.id = r.agent_id)
        order by r.queue_position, r.id limit ${count + lookahead}
      ) first
      where c.status = 'active'
        and (c.max_concurrent_runs is null or ${running(sql, sql`x.company_id = c.id`)} < c.max_concurrent_runs)
      order by first.queue_position, first.id limit ${count + lookahead}
    )`
}

function running(sql: Executor, whose: Fragment) {
  return sql`(select count(*) from heartbeat_runs x where ${whose} and x.status = 'running')`
}

function freeSlots(sql: Executor, whose: Fragment, slot: Fragment, limit: Fragment) {
  return sql`select n from generate_series(0, ${limit} - 1) n
    where not exists (select from heartbeat_runs x where ${whose} and x.status = 'running' and x.${slot} = n)
    order by n`
}

/** A unique index refused, or two claims waited for each other's slots. */
export function isSlotTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '23505' || error.code === '40P01')
}
