import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { JsonObject } from '@/server/domain/json'
import type { LiveEventType, LivePayload } from '@/server/domain/live-event'
import { type ActorType, actorTypes } from '@/server/domain/wakeup-status'
import { oneOf } from './check-list'
import { createdAt, jsonb } from './columns'

/**
 * The audit log: actor, action, subject and origin. Append-only: a trigger (see the migration) refuses to change a row, and to
 * delete one unless `reveille.retention` is `on` in the transaction. No foreign key: a line outlives its subject.
 */
export const activityLog = pgTable(
  'activity_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** null: the line belongs to the installation, not to a company. */
    companyId: uuid('company_id'),
    actorType: text('actor_type').$type<ActorType>().notNull(),
    actorId: text('actor_id'),
    action: text('action').notNull(),
    subjectType: text('subject_type').notNull(),
    subjectId: text('subject_id'),
    details: jsonb('details').$type<JsonObject>(),
    /** The caller's address, according to trusted proxies. */
    address: text('address'),
    userAgent: text('user_agent'),
    /** The kind of the caller's credential (session, token, key, run token), and its id. */
    via: text('via'),
    viaId: text('via_id'),
    createdAt: createdAt(),
  },
  (t) => [
    check('activity_actor', oneOf(t.actorType, actorTypes)),
    index('activity_company').on(t.companyId, t.createdAt, t.id),
    index('activity_subject').on(t.companyId, t.subjectId, t.createdAt, t.id),
    /** Most lines are wakeups: this index lets a search for other actions skip them. */
    index('activity_action').on(t.companyId, t.action, t.createdAt, t.id).where(sql`${t.action} <> 'wakeup.create'`),
  ],
)

/**
 * Live events for browsers, written in the transaction of the change, and kept for minutes.
 * `tx` orders rows by transaction: a reader stops before the oldest open transaction, so that it misses none.
 * Unlogged (see the migration): after a crash of the database it is empty, and viewers are told to refetch.
 */
export const liveEvents = pgTable(
  'live_events',
  {
    tx: bigint('tx', { mode: 'number' }).notNull().default(sql`(pg_current_xact_id()::text)::bigint`),
    id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    companyId: uuid('company_id').notNull(),
    type: text('type').$type<LiveEventType>().notNull(),
    payload: jsonb('payload').$type<LivePayload<LiveEventType>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.tx, t.id] })],
)
