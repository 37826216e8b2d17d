import { sql } from 'drizzle-orm'
import { bigint, boolean, check, date, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { type CompanyStatus, companyStatuses } from '@/server/domain/agent-status'
import type { Retention } from '@/server/domain/retention'
import { oneOf } from './check-list'
import { createdAt, id, instant, jsonb, updatedAt } from './columns'

export const companies = pgTable(
  'companies',
  {
    id: id(),
    name: text('name').notNull(),
    status: text('status').$type<CompanyStatus>().notNull().default('active'),
    /** null: no budget; 0: nothing may be spent. */
    budgetMonthlyMicros: bigint('budget_monthly_micros', { mode: 'number' }),
    /** null: as many as its agents and the servers allow. */
    maxConcurrentRuns: integer('max_concurrent_runs'),
    /** Made to look around in, and removed as a whole. */
    isExample: boolean('is_example').notNull().default(false),
    /** How long what is kept, and how much of it; null: all, for ever. */
    retention: jsonb('retention').$type<Retention>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    check('companies_status', oneOf(t.status, companyStatuses)),
    check('companies_name', sql`length(${t.name}) between 1 and 200`),
    check('companies_budget', sql`${t.budgetMonthlyMicros} >= 0`),
    check('companies_max_concurrent_runs', sql`${t.maxConcurrentRuns} >= 1`),
  ],
)

/** A cache of `cost_events` by UTC month, apart from the company's row so that a charge never waits for an edit. */
export const companySpend = pgTable(
  'company_spend',
  {
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    month: date('month', { mode: 'string' }).notNull(),
    costMicros: bigint('cost_micros', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.companyId, t.month] })],
)

/**
 * Companies whose runs are being cancelled, in batches behind the status that asked for it. The agents up to the place,
 * in the order in which they were made, are done. While the row stands the company can not become active.
 */
export const companyCancels = pgTable('company_cancels', {
  companyId: uuid('company_id')
    .primaryKey()
    .references(() => companies.id, { onDelete: 'cascade' }),
  reason: text('reason').notNull(),
  requestedAt: instant('requested_at').notNull().defaultNow(),
  afterAt: instant('after_at'),
  afterAgentId: uuid('after_agent_id'),
})
