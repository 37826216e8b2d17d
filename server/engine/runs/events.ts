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
      ${lockRuns(
        sql,
        notes.map((item) => item.runId),
      )}
    ), note as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::text::jsonb)
        as note(run_id uuid, nth integer, pid integer, ticks text, events jsonb)
    ), run as (
      update heartbeat_runs run set last_event_seq = run.last_event_seq + jsonb_array_length(note.events),
        notes_written = coalesce(note.nth, run.notes_written),
        process_pid = coalesce(note.pid, run.process_pid),
        process_started_ticks = coalesce(note.ticks, run.process_started_ticks)
      from note join locked on locked.id = note.run_id
      where run.id = note.run_id and run.status = 'running' and run.server_id = ${serverId}
        and (note.nth is null or run.notes_written < note.nth)
      returning run.id, run.agent_id, run.company_id,
        run.last_event_seq - jsonb_array_length(note.events) as seq_before, note.events
    ), ${insertEvents(sql)}
    insert into live_events (company_id, type, payload) ${runEventNews(sql)}`
}

/** Adds events to a running run within a transaction of the caller's; a run that has ended takes none. */
export async function appendEventsIn(tx: Executor, runId: string, events: NewRunEvent[]): Promise<void> {
  await tx`
    with run as (
      update heartbeat_runs set last_event_seq = last_event_seq + ${events.length}
      where id = ${runId} and status = 'running'
      returning id, agent_id, company_id, last_event_seq - ${events.length} as seq_before,
        ${JSON.stringify(storableEvents(events))}::text::jsonb as events
    ), ${insertEvents(tx)}
    insert into live_events (company_id, type, payload) ${runEventNews(tx)}`
}

/** Locks runs in the order of their ids, as everyone does who changes several: none waits in a circle. */
export function lockRuns(sql: Executor, runIds: string[]) {
  return sql`select id from heartbeat_runs where id = any(${runIds}) order by id for no key update`
}

/**
 * The CTE `event`: the events of the rows of a CTE `run (id, company_id, seq_before, events)`, numbered on from
 * `seq_before`.
 * An event without a message says `otherwise`. Their time is `at`, which must be one under the run's lock: that of a
 * transaction that waited for it is before what the others wrote meanwhile.
 */
export function insertEvents(sql: Executor, at = sql`clock_timestamp()`, otherwise = sql`null`) {
  return sql`event as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, stream, level, color, message, payload,
        created_at)
      select run.id, run.seq_before + nth, run.company_id, given ->> 'eventType', given ->> 'stream',
        coalesce(given ->> 'level', 'info'), given ->> 'color', coalesce(given ->> 'message', ${otherwise}),
        nullif(given -> 'payload', 'null'), ${at}
      from run, jsonb_array_elements(run.events) with ordinality listed(given, nth)
      returning *
    )`
}
