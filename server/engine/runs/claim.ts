import { and, eq } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import { overBudget } from '@/server/engine/charges/budget'
import { liveEventsOfAgents, liveEventsOfRuns, liveEventsOfWakeups } from '@/server/live/statements'
import { isRunning } from './status-filters'
import type { RunRow } from './view'

/** The fields of a run that a claim returns: `loadRun` reads the others when the run starts. */
export type HeldRun = Pick<RunRow, 'id' | 'agentId' | 'companyId'>

export type Claim = {
  runs: HeldRun[]
  /** Queued runs whose budget was spent before they could start: to be ended as `budget_exceeded`. */
  overBudget: { runId: string; agentId: string }[]
  /** Whether `count` runs were found, so that there may be more. */
  isFull: boolean
}

export const nothingClaimed: Claim = { runs: [], overBudget: [], isFull: false }

const attempts = 3

/**
 * Claims up to `count` queued runs for the worker `workerId`, in one statement: run, agent, wakeups, event, live events.
 * A run is skipped if another transaction has locked it or its agent; that transaction notifies the runners when it ends.
 * A worker that drains, or whose lease has run out, claims nothing.
 */
export async function claim(sql: RawSql, workerId: string, count: number): Promise<Claim> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await claimIn(sql, workerId, count)
    } catch (error) {
      // Another server took the same slot of a company with a limit: the next attempt sees that.
      if (!isSlotTaken(error)) throw error
      if (attempt === attempts) return nothingClaimed
    }
  }
}

/**
 * One attempt, within a transaction of the caller's if it has one: fails if another server takes a slot first. With
 * `runId`, only that run is claimed.
 */
export async function claimIn(sql: Executor, workerId: string, count: number, runId?: string): Promise<Claim> {
  const rows = await sql<(HeldRun & { overBudget: boolean; isClaimed: boolean })[]>`
    with ${runId ? sql`startable as (select ${runId}::uuid as id)` : startable(sql, count)}, locked as materialized (
      select run.id, run.agent_id, run.company_id, run.queue_position, agent.adapter_type,
        ${overBudget(sql)} as over_budget, company.max_concurrent_runs as company_limit,
        (select number from generate_series(0, agent.max_concurrent_runs - 1) number
          where not exists (select from heartbeat_runs other
            where other.agent_id = agent.id and other.status = 'running' and other.slot = number)
          order by number limit 1) as slot
      from startable join heartbeat_runs run on run.id = startable.id
        join agents agent on agent.id = run.agent_id join companies company on company.id = run.company_id
      where run.status = 'queued' and company.status = 'active' and ${mayStart(sql)} and ${hasRoom(sql)}
        and exists (select from servers where id = ${workerId} and ended_at is null and not draining
          and lease_expires_at > clock_timestamp())
      order by run.queue_position, run.id
      limit ${count}
      for no key update of run, agent skip locked
    ), numbered as (
      select *, row_number() over (partition by company_id, over_budget order by queue_position, id) as nth from locked
    ), due as (
      select id, agent_id, company_id, adapter_type, over_budget, slot, company_limit, (array(
        select number from generate_series(0, company_limit - 1) number
        where not exists (select from heartbeat_runs other where other.company_id = numbered.company_id
          and other.status = 'running' and other.company_slot = number)
        order by number))[nth] as company_slot
      from numbered
    ), moment as materialized (
      -- Not now(), which is before the snapshot: a run that ended before this start would seem to end after it.
      select clock_timestamp() as at
    ), run as (
      update heartbeat_runs run set status = 'running', started_at = (select at from moment), server_id = ${workerId},
        slot = due.slot, company_slot = due.company_slot, adapter_type = due.adapter_type,
        last_event_seq = run.last_event_seq + 1, session_id_before = session.session_id,
        session_version = session.session_version
      from due left join agent_runtime_state session on session.agent_id = due.agent_id
      where run.id = due.id and not due.over_budget and (due.company_limit is null or due.company_slot is not null)
      returning run.*
    ), agent as (
      update agents set status = 'running', last_heartbeat_at = (select at from moment)
      where id in (select agent_id from run) returning *
    ), wakeup as (
      update agent_wakeup_requests wakeup set status = 'claimed', claimed_at = run.started_at
      from run where wakeup.run_id = run.id and wakeup.status = 'queued' returning wakeup.*
    ), event as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, message, payload, created_at)
      select id, last_event_seq, company_id, 'lifecycle', 'Started.', '{"status":"running"}', started_at from run
    ), live as (
      insert into live_events (company_id, type, payload)
      ${liveEventsOfRuns(sql, 'run', 'heartbeat.run.status')} union all ${liveEventsOfAgents(sql, 'agent')}
      union all ${liveEventsOfWakeups(sql, 'wakeup')}
    )
    select due.id, due.agent_id, due.company_id, due.over_budget, run.id is not null as is_claimed
    from due left join run on run.id = due.id`.execute()
  return {
    runs: rows.filter((row) => row.isClaimed).map(({ id, agentId, companyId }) => ({ id, agentId, companyId })),
    overBudget: rows.filter((row) => row.overBudget).map((row) => ({ runId: row.id, agentId: row.agentId })),
    isFull: rows.length === count,
  }
}

/** The running runs of the worker `workerId`. */
export async function findHeld(sql: RawSql, workerId: string): Promise<HeldRun[]> {
  const { id, agentId, companyId } = heartbeatRuns
  return await drizzleOn(sql)
    .select({ id, agentId, companyId })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.workerId, workerId), isRunning))
}

/** How many more runs are read than claimed: other transactions may be locking the first ones. */
const lookahead = 50

/**
 * The CTE `startable`: the first queued runs of the companies that may start one, found company by company, so that the
 * queue of a company that is paused or at its limit is not read run by run.
 */
function startable(sql: Executor, count: number) {
  return sql`startable as materialized (
      with recursive waiting (company_id) as (
        (select company_id from heartbeat_runs where status = 'queued' order by company_id limit 1)
        union all
        select (select company_id from heartbeat_runs where status = 'queued' and company_id > waiting.company_id
          order by company_id limit 1)
        from waiting where waiting.company_id is not null
      )
      select first.id
      from waiting join companies company on company.id = waiting.company_id cross join lateral (
        select run.id, run.queue_position from heartbeat_runs run
        where run.company_id = company.id and run.status = 'queued'
          -- A subquery per run: PostgreSQL may plan a join that reads all agents.
          and (select ${mayStart(sql)} from agents agent where agent.id = run.agent_id)
        order by run.queue_position, run.id limit ${count + lookahead}
      ) first
      where company.status = 'active' and ${hasRoom(sql)}
      order by first.queue_position, first.id limit ${count + lookahead}
    )`
}

/** Whether the row `agent` may start another run. */
function mayStart(sql: Executor) {
  return sql`agent.status in ('idle', 'running', 'error') and (select count(*) from heartbeat_runs other
    where other.agent_id = agent.id and other.status = 'running') < agent.max_concurrent_runs`
}

/** Whether the row `company` is below its limit. */
function hasRoom(sql: Executor) {
  return sql`(company.max_concurrent_runs is null or (select count(*) from heartbeat_runs other
    where other.company_id = company.id and other.status = 'running') < company.max_concurrent_runs)`
}

/** A unique index rejected the slot, or two claims waited for each other's slots (deadlock). */
export function isSlotTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '23505' || error.code === '40P01')
}
