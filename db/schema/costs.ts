import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { agents } from './agents'
import { id, instant } from './columns'
import { companies } from './companies'
import { heartbeatRuns } from './runs'

/** Immutable charges in micro-dollars. */
export const costEvents = pgTable(
  'cost_events',
  {
    id: id(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    runId: uuid('run_id')
      .notNull()
      .references(() => heartbeatRuns.id, { onDelete: 'cascade' }),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull(),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull(),
    cachedInputTokens: bigint('cached_input_tokens', { mode: 'number' }).notNull(),
    costMicros: bigint('cost_micros', { mode: 'number' }),
    pricing: text('pricing').$type<'reported' | 'estimated' | 'unpriced'>().notNull(),
    /** A charge that is reported twice is recorded once. */
    idempotencyKey: text('idempotency_key').notNull(),
    occurredAt: instant('occurred_at').notNull().defaultNow(),
  },
  (t) => [
    check('costs_pricing', sql`${t.pricing} in ('reported', 'estimated', 'unpriced')`),
    check('costs_unpriced', sql`(${t.pricing} = 'unpriced') = (${t.costMicros} is null)`),
    check(
      'costs_amounts',
      sql`${t.costMicros} >= 0 and ${t.inputTokens} >= 0 and ${t.outputTokens} >= 0 and ${t.cachedInputTokens} >= 0`,
    ),
    unique('costs_once').on(t.runId, t.idempotencyKey),
    index('costs_company').on(t.companyId, t.occurredAt),
    index('costs_agent').on(t.agentId, t.occurredAt),
  ],
)
