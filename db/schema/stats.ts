import { sql } from 'drizzle-orm'
import { check, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { type FinalRunStatus, finalRunStatuses } from '@/server/domain/run-status'
import { oneOf } from './check-list'
import { instant } from './columns'
import { companies } from './companies'

/** The progress of background work over committed rows: all rows before `at` are done. */
export const backgroundMarks = pgTable('background_marks', {
  name: text('name').primaryKey(),
  at: instant('at').notNull(),
})

/**
 * A cache of the runs that ended before the progress mark `run_stats`, by hour, outcome and duration, so that a board
 * of a week need not read a million rows. The bucket of a duration is floor(8 · log2(ms)), about 9 % wide; -1: never started.
 */
export const runStatsHourly = pgTable(
  'run_stats_hourly',
  {
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    hour: instant('hour').notNull(),
    status: text('status').$type<FinalRunStatus>().notNull(),
    bucket: smallint('bucket').notNull(),
    runs: integer('runs').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.companyId, t.hour, t.status, t.bucket] }),
    check('run_stats_status', oneOf(t.status, finalRunStatuses)),
    check('run_stats_runs', sql`${t.runs} > 0`),
  ],
)
