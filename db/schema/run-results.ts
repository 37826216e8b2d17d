import { pgTable, uuid } from 'drizzle-orm/pg-core'
import { createdAt, jsonb } from './columns'
import { heartbeatRuns } from './runs'

/**
 * What an `http` agent posted as the result of a run that waits for it, sealed; the first one stands, until the run ends.
 * JSON's null: no result is taken any more.
 */
export const runResults = pgTable('run_results', {
  runId: uuid('run_id')
    .primaryKey()
    .references(() => heartbeatRuns.id, { onDelete: 'cascade' }),
  body: jsonb('body').$type<string | null>().notNull(),
  createdAt: createdAt(),
})
