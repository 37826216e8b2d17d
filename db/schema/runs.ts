import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { RunContext } from '@/server/domain/run-context'
import type { RunEventPayload } from '@/server/domain/run-event'
import type { RunResult, RunUsage } from '@/server/domain/run-report'
import {
  finalRunStatuses,
  type LogStream,
  logStreams,
  type RunErrorCode,
  type RunEventLevel,
  type RunEventType,
  type RunStatus,
  runErrorCodes,
  runEventTypes,
  runStatuses,
} from '@/server/domain/run-status'
import { type TriggerDetail, type WakeupSource, wakeupSources } from '@/server/domain/wakeup-status'
import { agents } from './agents'
import { oneOf } from './check-list'
import { createdAt, id, instant, jsonb } from './columns'
import { companies } from './companies'

/** The words of an error, for its index and for searches, which have to say the same to the letter. */
export const errorWords = (error: AnyPgColumn) =>
  sql`to_tsvector('simple', regexp_replace(left(${error}, 4000), '[^[:alnum:]]+', ' ', 'g'))`

/** The queue, and the record of what ran. */
export const heartbeatRuns = pgTable(
  'heartbeat_runs',
  {
    id: id(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    status: text('status').$type<RunStatus>().notNull().default('queued'),
    invocationSource: text('invocation_source').$type<WakeupSource>().notNull(),
    triggerDetail: text('trigger_detail').$type<TriggerDetail>().notNull(),
    /** No reference: retention removes wakeups, and looking for their runs each time would want one more index here. */
    wakeupRequestId: uuid('wakeup_request_id'),
    retryOfRunId: uuid('retry_of_run_id').references((): AnyPgColumn => heartbeatRuns.id, { onDelete: 'set null' }),
    /** What the run was carried out with: the agent's adapter may be another by now. Null before it starts. */
    adapterType: text('adapter_type'),
    /** How many lost runners this work has already had; held against `retryOnRunnerLost`. */
    lostAttempts: smallint('lost_attempts').notNull().default(0),
    /** The greatest of its wakeups: how many agents have woken each other in a row up to this run. */
    wakeDepth: smallint('wake_depth').notNull().default(0),
    /** Whole from the run's start on. While it is queued, what has merged into it is read from its wakeups (`runs/context.ts`). */
    contextSnapshot: jsonb('context_snapshot').$type<RunContext>().notNull(),
    isContextWhole: boolean('is_context_whole').notNull().default(true),
    /** How many wakeups the run carries, and the bytes of their payloads and contexts as JSON: held against the bound. */
    wakeupCount: integer('wakeup_count').notNull().default(1),
    wakeupBytes: integer('wakeup_bytes').notNull().default(0),
    /** The queue's order: the moment of queueing, later by a minute for each rank below on_demand, so nothing starves. */
    queuePosition: instant('queue_position').notNull(),
    /** The life that held it. No reference, for the same reason: retention removes a life when no run names it. */
    serverId: uuid('server_id'),
    slot: smallint('slot'),
    companySlot: smallint('company_slot'),
    createdAt: createdAt(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    cancelRequestedAt: instant('cancel_requested_at'),
    cancelReason: text('cancel_reason'),
    cancelCode: text('cancel_code').$type<'cancelled' | 'budget_exceeded'>(),
    error: text('error'),
    errorCode: text('error_code').$type<RunErrorCode>(),
    exitCode: integer('exit_code'),
    signal: text('signal'),
    survivorsKilled: integer('survivors_killed'),
    processPid: integer('process_pid'),
    processStartedTicks: text('process_started_ticks'),
    sessionIdBefore: text('session_id_before'),
    sessionIdAfter: text('session_id_after'),
    sessionVersion: integer('session_version'),
    usageJson: jsonb('usage_json').$type<RunUsage>(),
    resultJson: jsonb('result_json').$type<RunResult>(),
    logRef: text('log_ref'),
    logBytes: bigint('log_bytes', { mode: 'number' }),
    logSha256: text('log_sha256'),
    logTruncatedBytes: bigint('log_truncated_bytes', { mode: 'number' }),
    stdoutExcerpt: text('stdout_excerpt'),
    /** Set when the company's retention gave the log up: it reads as an empty one. */
    logRemovedAt: instant('log_removed_at'),
    /** Set when its retention gave up the context, the result and the excerpt. */
    fieldsRemovedAt: instant('fields_removed_at'),
    lastEventSeq: integer('last_event_seq').notNull().default(0),
    /** How many notes its runner has written: one whose answer was lost is not written again. */
    notesWritten: integer('notes_written').notNull().default(0),
  },
  (t) => [
    check('runs_status', oneOf(t.status, runStatuses)),
    check('runs_source', oneOf(t.invocationSource, wakeupSources)),
    check('runs_error_code', oneOf(t.errorCode, runErrorCodes)),
    check('runs_finished', sql`(${oneOf(t.status, finalRunStatuses)}) = (${t.finishedAt} is not null)`),
    check('runs_held', sql`(${t.status} = 'running') = (${t.slot} is not null)`),
    check('runs_started', sql`${t.status} <> 'running' or (${t.startedAt} is not null and ${t.serverId} is not null)`),
    uniqueIndex('runs_one_queued').on(t.agentId).where(sql`${t.status} = 'queued'`),
    uniqueIndex('runs_slot').on(t.agentId, t.slot).where(sql`${t.status} = 'running'`),
    uniqueIndex('runs_company_slot')
      .on(t.companyId, t.companySlot)
      .where(sql`${t.status} = 'running' and ${t.companySlot} is not null`),
    /** By company: a claim passes over those that may not start another run. */
    index('runs_queue').on(t.companyId, t.queuePosition, t.id).where(sql`${t.status} = 'queued'`),
    /** Runs that were ended where their log could not be reached: whoever keeps it says what it is. */
    index('runs_log_unknown').on(t.serverId).where(sql`${t.finishedAt} is not null and ${t.logBytes} is null`),
    /** Useless for who asks by agent, and says so: plans made while the tables were empty took it for that. */
    index('runs_held_by').on(t.serverId).where(sql`${t.status} = 'running' and ${t.serverId} is not null`),
    /** Which lives are still named by what has ended. */
    index('runs_ended_by').on(t.serverId).where(sql`${t.finishedAt} is not null and ${t.serverId} is not null`),
    /** What names a run that is removed. */
    index('runs_retry_of').on(t.retryOfRunId).where(sql`${t.retryOfRunId} is not null`),
    /** Runs that were ended where their processes could not be looked for: the machine they ran on does it later. */
    index('runs_processes_unknown')
      .on(t.serverId)
      .where(sql`${t.errorCode} in ('runner_lost', 'cancelled', 'budget_exceeded') and ${t.survivorsKilled} is null`),
    index('runs_company').on(t.companyId, t.createdAt, t.id),
    index('runs_company_status').on(t.companyId, t.status, t.createdAt, t.id),
    /** Most runs are a timer's: lists of those go by `runs_company`. */
    index('runs_company_source')
      .on(t.companyId, t.invocationSource, t.createdAt, t.id)
      .where(sql`${t.invocationSource} <> 'timer'`),
    /** Cut, so that no error is too long to be indexed, and without marks, so that paths and codes are words. */
    index('runs_error_words').using('gin', errorWords(t.error)).where(sql`${t.error} is not null`),
    index('runs_agent').on(t.agentId, t.createdAt, t.id),
    /** For background work that goes through what has ended. */
    index('runs_finished').on(t.finishedAt).where(sql`${t.finishedAt} is not null`),
  ],
)

/** Append-only, numbered from 1 per run. */
export const heartbeatRunEvents = pgTable(
  'heartbeat_run_events',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => heartbeatRuns.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    companyId: uuid('company_id').notNull(),
    eventType: text('event_type').$type<RunEventType>().notNull(),
    stream: text('stream').$type<LogStream>(),
    level: text('level').$type<RunEventLevel>().notNull().default('info'),
    color: text('color'),
    message: text('message').notNull(),
    payload: jsonb('payload').$type<RunEventPayload>(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.seq] }),
    check('run_events_type', oneOf(t.eventType, runEventTypes)),
    check('run_events_stream', oneOf(t.stream, logStreams)),
    check('run_events_seq', sql`${t.seq} >= 1`),
  ],
)
