import type { Executor, RawSql } from '@/db/client'
import type { NewRunEvent } from '@/server/domain/run-event'
import { storable, storableText } from '@/server/domain/storable'
import { runEventNews } from '@/server/live/statements'

/** What a runner has learned of a run that is still under way. */
export type RunNote = {
  runId: string
  events: NewRunEvent[]
  process: { pid: number; startedTicks: string | null } | null
  /** Which of its run's notes this is, from 1: tried again, it is written once. */
  nth?: number
}

export function storableEvents(events: NewRunEvent[]) {
  return events.map((event) => ({
    ...event,
    message: storableText(event.message),
    payload: storable(event.payload ?? null),
  }))
}

const notesTogether = 100

/** Records notes on runs that the life `serverId` holds, numbering their events; for any other run nothing is written. */
export async function note(sql: RawSql, serverId: string, notes: RunNote[]): Promise<void> {
  for (let at = 0; at < notes.length; at += notesTogether) {
    await noteTogether(sql, serverId, notes.slice(at, at + notesTogether))
  }
}

async function noteTogether(sql: RawSql, serverId: string, notes: RunNote[]): Promise<void> {
  const given = notes.map((item) => ({
    run_id: item.runId,
    nth: item.nth ?? null,
    pid: item.process?.pid ?? null,
    ticks: item.process?.startedTicks ?? null,
    events: storableEvents(item.events),
  }))
  await sql`
    with locked as materialized (
      ${lockRuns(sql, sql`id = any(${notes.map((item) => item.runId)})`)}
    ), g as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::text::jsonb)
        as g(run_id uuid, nth integer, pid integer, ticks text, events jsonb)
    ), r as (
      update heartbeat_runs r set last_event_seq = r.last_event_seq + jsonb_array_length(g.events),
        notes_written = coalesce(g.nth, r.notes_written),
        process_pid = coalesce(g.pid, r.process_pid), process_started_ticks = coalesce(g.ticks, r.process_started_ticks)
      from g join locked on locked.id = g.run_id
      where r.id = g.run_id and r.status = 'running' and r.server_id = ${serverId}
        and (g.nth is null or r.notes_written < g.nth)
      returning r.id, r.agent_id, r.company_id, r.last_event_seq - jsonb_array_length(g.events) as seq_before, g.events
    ), ${insertEvents(sql)}
    insert into live_events (company_id, type, payload) ${runEventNews(sql)}`
}

/** Adds events to a running run within a transaction of the caller's; a run that has ended takes none. */
export async function appendEventsIn(tx: Executor, runId: string, events: NewRunEvent[]): Promise<void> {
  await tx`
    with r as (
      update heartbeat_runs set last_event_seq = last_event_seq + ${events.length}
      where id = ${runId} and status = 'running'
      returning id, agent_id, company_id, last_event_seq - ${events.length} as seq_before,
        ${JSON.stringify(storableEvents(events))}::text::jsonb as events
    ), ${insertEvents(tx)}
    insert into live_events (company_id, type, payload) ${runEventNews(tx)}`
}

/** Locks runs in the order of their ids, as everyone does who changes several: none waits in a circle. */
export function lockRuns(sql: Executor, which: ReturnType<Executor>) {
  return sql`select id from heartbeat_runs where ${which} order by id for no key update`
}

/**
 * The CTE `e`: the events of the rows of a CTE `r (id, company_id, seq_before, events)`, numbered on from `seq_before`.
 * An event without a message says `otherwise`. Their time is `at`, which must be one under the run's lock: that of a
 * transaction that waited for it is before what the others wrote meanwhile.
 */
export function insertEvents(sql: Executor, at = sql`clock_timestamp()`, otherwise = sql`null`) {
  return sql`e as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, stream, level, color, message, payload,
        created_at)
      select r.id, r.seq_before + v.n, r.company_id, v.event ->> 'eventType', v.event ->> 'stream',
        coalesce(v.event ->> 'level', 'info'), v.event ->> 'color', coalesce(v.event ->> 'message', ${otherwise}),
        nullif(v.event -> 'payload', 'null'), ${at}
      from r, jsonb_array_elements(r.events) with ordinality v(event, n)
      returning *
    )`
}
