import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns'

/**
 * One row per life of a server: its lease covers every run it holds. The id is the fencing token: a runner that comes
 * back after it was declared lost starts a new life under a new id, and writes under the old one change nothing.
 */
export const servers = pgTable(
  'servers',
  {
    id: uuid('id').primaryKey(),
    role: text('role').notNull(),
    host: text('host').notNull(),
    /** The boot of the machine this life runs on: only there can its processes be looked for. */
    machine: text('machine').notNull(),
    pid: integer('pid').notNull(),
    /** Where it keeps its run logs. */
    dataDir: text('data_dir').notNull(),
    /** Names that folder wherever it is found. */
    storeId: text('store_id').notNull().default(''),
    /** The process that executes runs; null for a server of role web. */
    runnerPid: integer('runner_pid'),
    runnerStartedTicks: text('runner_started_ticks'),
    /** Where the other servers reach its internal streams. */
    url: text('url'),
    maxRuns: integer('max_runs').notNull(),
    draining: boolean('draining').notNull().default(false),
    startedAt: instant('started_at').notNull().defaultNow(),
    renewedAt: instant('renewed_at').notNull().defaultNow(),
    leaseExpiresAt: instant('lease_expires_at').notNull(),
    /** Set while no other server is alive: until then this one may go on without the database, and nobody ends its runs. */
    aloneUntil: instant('alone_until'),
    /** Set once: by the server itself when it left in order, or by a reaper when its lease ran out. */
    endedAt: instant('ended_at'),
    lost: boolean('lost').notNull().default(false),
  },
  (t) => [
    check('servers_role', sql`${t.role} in ('all', 'web', 'runner')`),
    index('servers_alive').on(t.leaseExpiresAt).where(sql`${t.endedAt} is null`),
  ],
)
