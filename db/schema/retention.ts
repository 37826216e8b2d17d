import { bigint, check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { type RetainedKind, retainedKinds } from '@/server/domain/retention'
import { oneOf } from './check-list'
import { instant } from './columns'
import { companies } from './companies'

/** The progress of a company's retention: all data before this position was removed. */
export const retentionProgress = pgTable(
  'retention_progress',
  {
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    kind: text('kind').$type<RetainedKind>().notNull(),
    placeAt: instant('place_at').notNull(),
    placeId: uuid('place_id').notNull(),
    removedItems: bigint('removed_items', { mode: 'number' }).notNull().default(0),
    removedBytes: bigint('removed_bytes', { mode: 'number' }).notNull().default(0),
    /** The time of the last complete pass. */
    finishedAt: instant('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.companyId, t.kind] }),
    check('retention_progress_kind', oneOf(t.kind, retainedKinds)),
  ],
)

/** Logs that the server that stores them still has to remove. */
export const logRemovals = pgTable(
  'log_removals',
  { runId: uuid('run_id').primaryKey(), storeId: text('store_id').notNull() },
  (t) => [index('log_removals_store').on(t.storeId)],
)
