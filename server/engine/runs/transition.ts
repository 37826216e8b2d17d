import { and } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { FinalRunStatus } from '@/server/domain/run-status'
import { book, type Charge } from '@/server/engine/charges/book'
import { restoreTimerPace } from '@/server/engine/timers/pace'
import {
  liveEventsOfAgents,
  liveEventsOfRunEvents,
  liveEventsOfRuns,
  liveEventsOfWakeups,
} from '@/server/live/statements'
import type { Ended, Ending } from './ending'
import { endingRow } from './ending-row'
import { insertEvents, lockRuns } from './events'
import { judgeRetries, requeue } from './retry'
import { isRunning } from './status-filters'
import type { RunRow } from './view'

/**
 * The only writer of final statuses. Agents are locked in order; then run, events, cost, wakeups, session, agent status
 * and live events change together, each run only if it still has the status and worker that the ending names. Runs that
 * another transaction ended first are missing from the answer. At most one ending per agent.
 */
export async function endIn(tx: Tx, endings: Ending[]): Promise<Ended[]> {
  const agentIds = endings.map((ending) => ending.agentId)
  const runIds = endings.map((ending) => ending.runId)
  const locked = Promise.all([
    tx`select from agents where id = any(${agentIds}) order by id for no key update`.execute(),
    lockRuns(tx, runIds).execute(),
  ])
  const writing = needsNoFacts(endings)
    ? writeEndings(
        tx,
        endings.map((ending) => endingRow(ending, [])),
      ).execute()
    : null
  const [rows] = await Promise.all([writing ?? locked.then(() => judgeAndWrite(tx, endings)), locked])
  const ended: Ended[] = []
  for (const row of rows) {
    const retryRunId = row.retry ? await requeue(tx, row, row.retry) : null
    if (row.status === 'succeeded' && row.failuresBefore > 0) await restoreTimerPace(tx, row.agentId)
    ended.push({ runId: row.id, agentId: row.agentId, status: row.status, retryRunId })
  }
  return ended
}

/** Whether nothing must be read under the locks before the endings are written: then all statements are sent at once. */
function needsNoFacts(endings: Ending[]): boolean {
  return endings.every((ending) => !ending.retry && !ending.charges?.length)
}

async function judgeAndWrite(tx: Tx, endings: Ending[]): Promise<EndedRow[]> {
  const judged = await judgeRetries(tx, endings)
  const bookings = await book(tx, await chargesOfHeld(tx, judged))
  return await writeEndings(
    tx,
    judged.map((ending) => endingRow(ending, bookings)),
  )
}

const batchEndings = 100

/**
 * The same, in transactions of its own, each with at most a hundred endings of different agents. `also` runs within the
 * last one, and its statements are sent after those of the endings. If a transaction fails, `ended` has the endings of
 * those before it.
 */
export async function end(
  sql: RawSql,
  endings: Ending[],
  also: (tx: Tx) => Promise<void> = async () => {},
  ended: Ended[] = [],
): Promise<Ended[]> {
  for (let rest = endings; rest.length > 0; ) {
    const batch = new Map<string, Ending>()
    const later: Ending[] = []
    for (const ending of rest) {
      if (batch.size < batchEndings && !batch.has(ending.agentId)) batch.set(ending.agentId, ending)
      else later.push(ending)
    }
    rest = later
    const batchOfEndings = [...batch.values()]
    const isLast = rest.length === 0
    const written = await transaction(sql, async (tx) => {
      const ending = endIn(tx, batchOfEndings)
      if (!needsNoFacts(batchOfEndings)) await ending
      const [rows] = await Promise.all([ending, isLast && also(tx)])
      return rows
    })
    ended.push(...written)
  }
  return ended
}

type JudgedEnding = Ending & { retrying: boolean }
type EndedRow = Pick<RunRow, 'id' | 'agentId' | 'lostAttempts'> & {
  status: FinalRunStatus
  retry: 'runner_lost' | 'server_stopped' | null
  failuresBefore: number
}

/** The charges of runs that their worker still holds: they are booked first, so that warnings come before the final event. */
async function chargesOfHeld(tx: Tx, endings: JudgedEnding[]): Promise<Charge[]> {
  const charges = endings.flatMap((ending) => ending.charges ?? [])
  if (charges.length === 0) return []
  const { id, workerId } = heartbeatRuns
  const runIds = charges.map((charge) => charge.runId)
  const held = await drizzleOn(tx)
    .select({ id, workerId })
    .from(heartbeatRuns)
    .where(and(equalsAny(id, runIds), isRunning))
  const workerOf = new Map(held.map((run) => [run.id, run.workerId]))
  const expectedWorkerOf = new Map(endings.map((ending) => [ending.runId, ending.workerId]))
  return charges.filter(
    (charge) => workerOf.has(charge.runId) && workerOf.get(charge.runId) === expectedWorkerOf.get(charge.runId),
  )
}

function writeEndings(tx: Tx, rows: ReturnType<typeof endingRow>[]) {
  return tx<EndedRow[]>`
    with ending as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as ending(run_id uuid, server_id uuid,
        status text, wakeup_status text, error_code text, error text, exit_code integer, signal text, survivors integer,
        pid integer, ticks text, session_after text, clear_session boolean, usage jsonb, result jsonb, log_ref text,
        log_bytes bigint, log_sha256 text, log_truncated bigint, excerpt text, retry text, events jsonb)
    ), run as (
      update heartbeat_runs run set status = ending.status, slot = null, company_slot = null,
        finished_at = greatest(clock_timestamp(), run.started_at), error_code = ending.error_code,
        error = case when ending.error_code in ('cancelled', 'budget_exceeded')
          then coalesce(run.cancel_reason, ending.error) else ending.error end,
        exit_code = ending.exit_code, signal = ending.signal, survivors_killed = ending.survivors,
        process_pid = coalesce(ending.pid, run.process_pid),
        process_started_ticks = coalesce(ending.ticks, run.process_started_ticks),
        session_id_after = case when ending.clear_session then null
          else coalesce(ending.session_after, run.session_id_before) end,
        usage_json = nullif(ending.usage, 'null'), result_json = nullif(ending.result, 'null'),
        log_ref = ending.log_ref, log_bytes = ending.log_bytes, log_sha256 = ending.log_sha256,
        log_truncated_bytes = ending.log_truncated, stdout_excerpt = ending.excerpt,
        last_event_seq = run.last_event_seq + jsonb_array_length(ending.events)
      from ending
      -- The list of ids is for the planner: it expects a hundred rows of a recordset, and would read the whole table.
      where run.id = ending.run_id and run.id = any(${rows.map((row) => row.run_id)})
        and run.server_id is not distinct from ending.server_id
        and run.status = case when ending.server_id is null then 'queued' else 'running' end
      returning run.*, run.last_event_seq - jsonb_array_length(ending.events) as seq_before, ending.events,
        ending.retry, ending.wakeup_status, ending.session_after, ending.clear_session
    ), ${insertEvents(tx, tx`run.finished_at`, tx`run.error`)}, result as (
      delete from run_results result using run where result.run_id = run.id
    ), wakeup as (
      update agent_wakeup_requests wakeup set status = run.wakeup_status, finished_at = run.finished_at from run
      where wakeup.run_id = run.id and wakeup.status in ('queued', 'claimed') and run.retry is null
      returning wakeup.*
    ), session as (
      update agent_runtime_state session set last_run_id = run.id, last_run_status = run.status, updated_at = now(),
        last_error = case when run.status = 'succeeded' then null else run.error end,
        session_id = case
          when run.status <> 'succeeded' or session.session_version is distinct from run.session_version
            then session.session_id
          when run.clear_session then null
          else coalesce(run.session_after, session.session_id) end
      from run where session.agent_id = run.agent_id and run.started_at is not null
    ), agent as (
      update agents agent set status = ${agentStatusAfter(tx)},
        last_run_finished_at = case when run.started_at is null then agent.last_run_finished_at else run.finished_at end,
        failures_in_a_row = case
          when run.status = 'succeeded' then 0
          when run.status in ('failed', 'timed_out') and run.retry is null then agent.failures_in_a_row + 1
          else agent.failures_in_a_row end
      from run, agents before where agent.id = run.agent_id and before.id = agent.id
      returning agent.*, before.failures_in_a_row as failures_before
    ), live as (
      insert into live_events (company_id, type, payload)
      ${liveEventsOfRunEvents(tx)} union all ${liveEventsOfRuns(tx, 'run', 'heartbeat.run.status')}
      union all ${liveEventsOfWakeups(tx, 'wakeup')} union all ${liveEventsOfAgents(tx, 'agent')}
    )
    select run.id, run.agent_id, run.status, run.lost_attempts, run.retry, agent.failures_before
    from run join agent on agent.id = run.agent_id`
}

/** `paused` and `terminated` stay; `running` while another run of the agent runs; a cancelled run that never started changes nothing. */
function agentStatusAfter(tx: Tx) {
  return tx`case
    when agent.status in ('paused', 'terminated') then agent.status
    when exists (select from heartbeat_runs other
      where other.agent_id = agent.id and other.status = 'running' and other.id <> run.id) then 'running'
    when run.started_at is null and run.status = 'cancelled' then agent.status
    when run.status in ('failed', 'timed_out') and run.retry is null then 'error'
    else 'idle' end`
}
