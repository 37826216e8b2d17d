import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import {
  type DeliveryAttempt,
  type DeliveryStatus,
  deliveryStatuses,
  type NotificationKind,
  notificationKinds,
  type RuleKind,
  ruleKinds,
} from '@/server/domain/notification'
import { agents } from './agents'
import { oneOf } from './check-list'
import { createdAt, id, instant, jsonb, updatedAt } from './columns'
import { companies } from './companies'
import { heartbeatRuns } from './runs'

const companyId = () =>
  uuid('company_id')
    .notNull()
    .references(() => companies.id, { onDelete: 'cascade' })

/** Where a company's rule differs from the default in `server/domain/notification.ts`. */
export const notificationRules = pgTable(
  'notification_rules',
  {
    companyId: companyId(),
    kind: text('kind').$type<RuleKind>().notNull(),
    /** Failures in a row, percent of a budget, or minutes without output; null for kinds that take none. */
    threshold: integer('threshold'),
    toBrowser: boolean('to_browser').notNull(),
    toWebhook: boolean('to_webhook').notNull(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.companyId, t.kind] }),
    check('notification_rules_kind', oneOf(t.kind, ruleKinds)),
    check('notification_rules_threshold', sql`${t.threshold} >= 1`),
  ],
)

/** One webhook per company; its secret signs the requests. */
export const notificationWebhooks = pgTable('notification_webhooks', {
  companyId: uuid('company_id')
    .primaryKey()
    .references(() => companies.id, { onDelete: 'cascade' }),
  url: text('url').notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
})

/** Notifications, once per `dedupe_key`. */
export const notifications = pgTable(
  'notifications',
  {
    id: id(),
    companyId: companyId(),
    kind: text('kind').$type<NotificationKind>().notNull(),
    dedupeKey: text('dedupe_key').notNull(),
    title: text('title').notNull(),
    message: text('message').notNull(),
    agentId: uuid('agent_id').references(() => agents.id, { onDelete: 'cascade' }),
    runId: uuid('run_id').references(() => heartbeatRuns.id, { onDelete: 'set null' }),
    toBrowser: boolean('to_browser').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    check('notifications_kind', oneOf(t.kind, notificationKinds)),
    unique('notifications_once').on(t.companyId, t.dedupeKey),
    index('notifications_created').on(t.createdAt),
    index('notifications_run').on(t.runId).where(sql`${t.runId} is not null`),
    index('notifications_inbox').on(t.companyId, t.createdAt, t.id).where(sql`${t.toBrowser}`),
  ],
)

/** How far a person has read a company's notifications. */
export const notificationReads = pgTable(
  'notification_reads',
  {
    companyId: companyId(),
    /** A person's id, or `operator` for the bearer of REVEILLE_TOKEN. */
    reader: text('reader').notNull(),
    readUntil: instant('read_until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.companyId, t.reader] })],
)

/** The outbox of the webhook, and its log. */
export const notificationDeliveries = pgTable(
  'notification_deliveries',
  {
    id: id(),
    companyId: companyId(),
    notificationId: uuid('notification_id')
      .notNull()
      .references(() => notifications.id, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    status: text('status').$type<DeliveryStatus>().notNull().default('pending'),
    attempts: jsonb('attempts').$type<DeliveryAttempt[]>().notNull().default([]),
    /** During an attempt: when another server may retry it. */
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    createdAt: createdAt(),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    check('deliveries_status', oneOf(t.status, deliveryStatuses)),
    check('deliveries_finished', sql`(${t.status} = 'pending') = (${t.finishedAt} is null)`),
    unique('deliveries_once').on(t.notificationId, t.url),
    index('deliveries_due').on(t.nextAttemptAt).where(sql`${t.status} = 'pending'`),
    index('deliveries_company').on(t.companyId, t.createdAt, t.id),
  ],
)

/** Running runs without output for a while; found by the server that stores their log. */
export const runSilences = pgTable(
  'run_silences',
  {
    runId: uuid('run_id')
      .primaryKey()
      .references(() => heartbeatRuns.id, { onDelete: 'cascade' }),
    companyId: companyId(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    lastOutputAt: instant('last_output_at').notNull(),
  },
  (t) => [index('run_silences_company').on(t.companyId, t.lastOutputAt)],
)
