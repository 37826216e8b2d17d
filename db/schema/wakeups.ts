import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  check,
  index,
  integer,
  pgTable,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { JsonObject } from '@/server/domain/json'
import {
  type ActorType,
  actorTypes,
  type SkipReason,
  skipReasons,
  type TriggerDetail,
  triggerDetails,
  type WakeupSource,
  type WakeupStatus,
  wakeupSources,
  wakeupStatuses,
} from '@/server/domain/wakeup-status'
import { agents } from './agents'
import { oneOf } from './check-list'
import { id, instant, jsonb } from './columns'
import { companies } from './companies'
import { heartbeatRuns } from './runs'

export const agentWakeupRequests = pgTable(
  'agent_wakeup_requests',
  {
    id: id(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    source: text('source').$type<WakeupSource>().notNull(),
    triggerDetail: text('trigger_detail').$type<TriggerDetail>().notNull(),
    reason: text('reason'),
    payload: jsonb('payload'),
    contextSnapshot: jsonb('context_snapshot').$type<JsonObject>(),
    status: text('status').$type<WakeupStatus>().notNull(),
    skipReason: text('skip_reason').$type<SkipReason>(),
    /** The last run created for this wakeup, or the one that it was coalesced into. */
    runId: uuid('run_id').references((): AnyPgColumn => heartbeatRuns.id, { onDelete: 'set null' }),
    /** The queued run that it was merged into, whose context includes it. No foreign key, like `wakeupRequestId` of runs. */
    contextRunId: uuid('context_run_id'),
    coalescedCount: integer('coalesced_count').notNull().default(0),
    idempotencyKey: text('idempotency_key'),
    requestedByActorType: text('requested_by_actor_type').$type<ActorType>().notNull(),
    requestedByActorId: text('requested_by_actor_id'),
    /** How many agents have woken each other in a row up to this one; 0 for people and timers. */
    wakeDepth: smallint('wake_depth').notNull().default(0),
    requestedAt: instant('requested_at').notNull().defaultNow(),
    claimedAt: instant('claimed_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    check('wakeups_source', oneOf(t.source, wakeupSources)),
    check('wakeups_trigger', oneOf(t.triggerDetail, triggerDetails)),
    check('wakeups_actor', oneOf(t.requestedByActorType, actorTypes)),
    check('wakeups_status', oneOf(t.status, wakeupStatuses)),
    check('wakeups_skip_reason', oneOf(t.skipReason, skipReasons)),
    check('wakeups_skipped', sql`(${t.status} = 'skipped') = (${t.skipReason} is not null)`),
    check('wakeups_finished', sql`(${t.status} in ('queued', 'claimed')) = (${t.finishedAt} is null)`),
    uniqueIndex('wakeups_idempotency')
      .on(t.agentId, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null and ${t.status} <> 'skipped'`),
    /** A run stores at most one coalesced timer request, except those with their own payload or context. */
    uniqueIndex('wakeups_one_bare_timer')
      .on(t.runId)
      .where(
        sql`${t.status} = 'coalesced' and ${t.source} = 'timer' and ${t.idempotencyKey} is null and ${t.reason} is null
          and ${t.payload} is null and coalesce(${t.contextSnapshot}, '{}') = '{}'`,
      ),
    index('wakeups_company').on(t.companyId, t.requestedAt, t.id),
    index('wakeups_company_status').on(t.companyId, t.status, t.requestedAt, t.id),
    index('wakeups_agent').on(t.agentId, t.requestedAt, t.id),
    index('wakeups_run').on(t.runId),
    index('wakeups_context').on(t.contextRunId).where(sql`${t.contextRunId} is not null`),
    /** For the hourly limit of agents. */
    index('wakeups_by_agents').on(t.companyId, t.requestedAt).where(sql`${t.requestedByActorType} = 'agent'`),
  ],
)
