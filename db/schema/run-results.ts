import { pgTable, uuid } from 'drizzle-orm/pg-core'
import { createdAt, jsonb } from './columns'
import { heartbeatRuns } from './runs'

/**
 * The sealed result that an `http` agent posted for its running run; the first one counts, until the run ends.
 * JSON's null: no further result is accepted.
 */
export const runResults = pgTable('run_results', {
  runId: uuid('run_id')
    .primaryKey()
    .references(() => heartbeatRuns.id, { onDelete: 'cascade' }),
  body: jsonb('body').$type<string | null>().notNull(),
  createdAt: createdAt(),
})
