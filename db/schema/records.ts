import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { JsonObject } from '@/server/domain/json'
import type { LiveEventType, LivePayload } from '@/server/domain/live-event'
import { type ActorType, actorTypes } from '@/server/domain/wakeup-status'
import { oneOf } from './check-list'
import { createdAt, jsonb } from './columns'

/**
 * Who did what to what, and from where. Only added to: a trigger (see the migration) refuses to change a row, and to
 * delete one unless `reveille.retention` is `on` in the transaction. No foreign key: what happened outlives its subject.
 */
export const activityLog = pgTable(
  'activity_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** null: it concerns the installation and no company. */
    companyId: uuid('company_id'),
    actorType: text('actor_type').$type<ActorType>().notNull(),
    actorId: text('actor_id'),
    action: text('action').notNull(),
    subjectType: text('subject_type').notNull(),
    subjectId: text('subject_id'),
    details: jsonb('details').$type<JsonObject>(),
    /** The caller's address, as the trusted proxies tell it. */
    address: text('address'),
    userAgent: text('user_agent'),
    /** What the caller showed: a session, a token, a key, the token of a run; and which one. */
    via: text('via'),
    viaId: text('via_id'),
    createdAt: createdAt(),
  },
  (t) => [
    check('activity_actor', oneOf(t.actorType, actorTypes)),
    index('activity_company').on(t.companyId, t.createdAt, t.id),
    index('activity_subject').on(t.companyId, t.subjectId, t.createdAt, t.id),
    /** Wakeups are most of the log: a search for anything else does not read past them. */
    index('activity_action').on(t.companyId, t.action, t.createdAt, t.id).where(sql`${t.action} <> 'wakeup.create'`),
  ],
)

/**
 * What changed, for the browsers that watch; written in the transaction that changed it, kept for minutes.
 * `tx` orders rows by transaction: a reader stops below the oldest transaction still open, so none is passed over.
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
