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

/** The words of an error, for its index and for searches, which must use exactly the same expression. */
export const errorWords = (error: AnyPgColumn) =>
  sql`to_tsvector('simple', regexp_replace(left(${error}, 4000), '[^[:alnum:]]+', ' ', 'g'))`

/** The queue, and the record of all runs. */
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
    /** No foreign key: retention removes wakeups, and each removal would need another index here. */
    wakeupRequestId: uuid('wakeup_request_id'),
    retryOfRunId: uuid('retry_of_run_id').references((): AnyPgColumn => heartbeatRuns.id, { onDelete: 'set null' }),
    /** The adapter that executed the run; the agent's may have changed since. Null before it starts. */
    adapterType: text('adapter_type'),
    /** How many runners of this work were lost; limited by `retryOnRunnerLost`. */
    lostAttempts: smallint('lost_attempts').notNull().default(0),
    /** The greatest depth of its wakeups: how many agents have woken each other in a row up to this run. */
    wakeDepth: smallint('wake_depth').notNull().default(0),
    /** Complete from the run's start on. While the run is queued, merged context is read from its wakeups (`runs/context.ts`). */
    contextSnapshot: jsonb('context_snapshot').$type<RunContext>().notNull(),
    isContextWhole: boolean('is_context_whole').notNull().default(true),
    /** The number of the run's wakeups, and the bytes of their payloads and contexts as JSON, both of which are limited. */
    wakeupCount: integer('wakeup_count').notNull().default(1),
    wakeupBytes: integer('wakeup_bytes').notNull().default(0),
    /** The order of the queue: the time of queueing, plus a minute for each rank below on_demand, so that no run starves. */
    queuePosition: instant('queue_position').notNull(),
    /** The worker that executed it. No foreign key, for the same reason: retention removes a worker when no run refers to it. */
    workerId: uuid('server_id'),
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
    /** Set when retention removed the log, which then reads as an empty one. */
    logRemovedAt: instant('log_removed_at'),
    /** Set when retention removed the context, the result and the excerpt. */
    fieldsRemovedAt: instant('fields_removed_at'),
    lastEventSeq: integer('last_event_seq').notNull().default(0),
    /** How many notes its runner has written, so that a note is not written twice after a lost response. */
    notesWritten: integer('notes_written').notNull().default(0),
  },
  (t) => [
    check('runs_status', oneOf(t.status, runStatuses)),
    check('runs_source', oneOf(t.invocationSource, wakeupSources)),
    check('runs_error_code', oneOf(t.errorCode, runErrorCodes)),
    check('runs_finished', sql`(${oneOf(t.status, finalRunStatuses)}) = (${t.finishedAt} is not null)`),
    check('runs_held', sql`(${t.status} = 'running') = (${t.slot} is not null)`),
    check('runs_started', sql`${t.status} <> 'running' or (${t.startedAt} is not null and ${t.workerId} is not null)`),
    uniqueIndex('runs_one_queued').on(t.agentId).where(sql`${t.status} = 'queued'`),
    uniqueIndex('runs_slot').on(t.agentId, t.slot).where(sql`${t.status} = 'running'`),
    uniqueIndex('runs_company_slot')
      .on(t.companyId, t.companySlot)
      .where(sql`${t.status} = 'running' and ${t.companySlot} is not null`),
    /** By company: a claim skips companies that may not start another run. */
    index('runs_queue').on(t.companyId, t.queuePosition, t.id).where(sql`${t.status} = 'queued'`),
    /** Runs that were ended by a server without access to their log: the server that stores it records its totals. */
    index('runs_log_unknown').on(t.workerId).where(sql`${t.finishedAt} is not null and ${t.logBytes} is null`),
    /** Not for queries by agent: plans that were made while the tables were empty used it for them. */
    index('runs_held_by').on(t.workerId).where(sql`${t.status} = 'running' and ${t.workerId} is not null`),
    /** The workers that ended runs still refer to. */
    index('runs_ended_by').on(t.workerId).where(sql`${t.finishedAt} is not null and ${t.workerId} is not null`),
    /** References to a run that is being removed. */
    index('runs_retry_of').on(t.retryOfRunId).where(sql`${t.retryOfRunId} is not null`),
    /** Runs that were ended by a machine that could not look for their processes: the machine that ran them does so later. */
    index('runs_processes_unknown')
      .on(t.workerId)
      .where(sql`${t.errorCode} in ('runner_lost', 'cancelled', 'budget_exceeded') and ${t.survivorsKilled} is null`),
    index('runs_company').on(t.companyId, t.createdAt, t.id),
    index('runs_company_status').on(t.companyId, t.status, t.createdAt, t.id),
    /** Most runs are from timers: lists of those use `runs_company`. */
    index('runs_company_source')
      .on(t.companyId, t.invocationSource, t.createdAt, t.id)
      .where(sql`${t.invocationSource} <> 'timer'`),
    /** Truncated, so that no error is too long for the index, and without punctuation, so that paths and codes are words. */
    index('runs_error_words').using('gin', errorWords(t.error)).where(sql`${t.error} is not null`),
    index('runs_agent').on(t.agentId, t.createdAt, t.id),
    /** For background work that iterates over ended runs. */
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
