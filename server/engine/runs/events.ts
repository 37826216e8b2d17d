import type { Executor, RawSql } from '@/db/client'
import type { NewRunEvent } from '@/server/domain/run-event'
import { storable, storableText } from '@/server/domain/storable'
import { liveEventsOfRunEvents } from '@/server/live/statements'

/** What a runner reports about a run while it runs. */
export type RunNote = {
  runId: string
  events: NewRunEvent[]
  process: { pid: number; startedTicks: string | null } | null
  /** The number of the note within its run, from 1: a note that is sent again is written once. */
  nth?: number
}

export function storableEvents(events: NewRunEvent[]) {
  return events.map((event) => ({
    ...event,
    message: storableText(event.message),
    payload: storable(event.payload ?? null),
  }))
}

const batchNotes = 100

/** Writes notes on runs that the worker `workerId` holds, with their events numbered; notes on other runs are ignored. */
export async function note(sql: RawSql, workerId: string, notes: RunNote[]): Promise<void> {
  for (let at = 0; at < notes.length; at += batchNotes) {
    await noteBatch(sql, workerId, notes.slice(at, at + batchNotes))
  }
}

async function noteBatch(sql: RawSql, workerId: string, notes: RunNote[]): Promise<void> {
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
      where run.id = note.run_id and run.status = 'running' and run.server_id = ${workerId}
        and (note.nth is null or run.notes_written < note.nth)
      returning run.id, run.agent_id, run.company_id,
        run.last_event_seq - jsonb_array_length(note.events) as seq_before, note.events
    ), ${insertEvents(sql)}
    insert into live_events (company_id, type, payload) ${liveEventsOfRunEvents(sql)}`
}

/** Adds events to a running run within the caller's transaction; does nothing for a run that has ended. */
export async function appendEventsIn(tx: Executor, runId: string, events: NewRunEvent[]): Promise<void> {
  await tx`
    with run as (
      update heartbeat_runs set last_event_seq = last_event_seq + ${events.length}
      where id = ${runId} and status = 'running'
      returning id, agent_id, company_id, last_event_seq - ${events.length} as seq_before,
        ${JSON.stringify(storableEvents(events))}::text::jsonb as events
    ), ${insertEvents(tx)}
    insert into live_events (company_id, type, payload) ${liveEventsOfRunEvents(tx)}`
}

/** Locks runs in the order of their ids, as every transaction does that changes several, to avoid deadlocks. */
export function lockRuns(sql: Executor, runIds: string[]) {
  return sql`select id from heartbeat_runs where id = any(${runIds}) order by id for no key update`
}

/**
 * The CTE `event`: the events of the rows of a CTE `run (id, company_id, seq_before, events)`, numbered from
 * `seq_before` + 1. `defaultMessage` is for events without a message. Their time `at` must be read while the run is
 * locked: the start of a transaction that waited for the lock is before events that others wrote in the meantime.
 */
export function insertEvents(sql: Executor, at = sql`clock_timestamp()`, defaultMessage = sql`null`) {
  return sql`event as (
      insert into heartbeat_run_events (run_id, seq, company_id, event_type, stream, level, color, message, payload,
        created_at)
      select run.id, run.seq_before + nth, run.company_id, given ->> 'eventType', given ->> 'stream',
        coalesce(given ->> 'level', 'info'), given ->> 'color', coalesce(given ->> 'message', ${defaultMessage}),
        nullif(given -> 'payload', 'null'), ${at}
      from run, jsonb_array_elements(run.events) with ordinality listed(given, nth)
      returning *
    )`
}
