import { sql } from 'drizzle-orm'
import { bigint, check, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { LiveEventType } from '@/server/domain/live-event'
import { type ActorType, actorTypes } from '@/server/domain/wakeup-status'
import { oneOf } from './check-list'
import { createdAt } from './columns'
import { companies } from './companies'

/** Who changed what; never edited. */
export const activityLog = pgTable(
  'activity_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    companyId: uuid('company_id').references(() => companies.id, { onDelete: 'cascade' }),
    actorType: text('actor_type').$type<ActorType>().notNull(),
    actorId: text('actor_id'),
    action: text('action').notNull(),
    subjectType: text('subject_type').notNull(),
    subjectId: text('subject_id'),
    details: jsonb('details').$type<Record<string, unknown>>(),
    createdAt: createdAt(),
  },
  (t) => [
    check('activity_actor', oneOf(t.actorType, actorTypes)),
    index('activity_company').on(t.companyId, t.createdAt, t.id),
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
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.tx, t.id] })],
)
