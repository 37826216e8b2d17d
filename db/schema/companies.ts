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
    /** null: no budget; 0: no spending is allowed. */
    budgetMonthlyMicros: bigint('budget_monthly_micros', { mode: 'number' }),
    /** null: only agents and servers limit its runs. */
    maxConcurrentRuns: integer('max_concurrent_runs'),
    /** The example company, which can be removed as a whole. */
    isExample: boolean('is_example').notNull().default(false),
    /** The retention of its data; null: all data is kept forever. */
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
 * Companies whose runs are being cancelled in batches, after the change of status that requires it. The agents up to the cursor,
 * in the order of their creation, are done. While the row exists, the company cannot become active.
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
