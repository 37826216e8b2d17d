import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns'

/**
 * One row per worker, an incarnation of a server: its lease covers all of its runs. The id is the fencing token: a runner that comes
 * back after it was declared lost starts as a new worker with a new id, and writes under the old one have no effect.
 */
export const servers = pgTable(
  'servers',
  {
    id: uuid('id').primaryKey(),
    role: text('role').notNull(),
    host: text('host').notNull(),
    /** The boot of the machine that this worker runs on: its processes can only be found there. */
    machine: text('machine').notNull(),
    pid: integer('pid').notNull(),
    /** The path of its data directory, which contains its run logs. */
    dataDir: text('data_dir').notNull(),
    /** The id of that directory, which stays with it when it is moved. */
    storeId: text('store_id').notNull().default(''),
    /** The pid of the process that executes runs; null for a server of role web. */
    runnerPid: integer('runner_pid'),
    runnerStartedTicks: text('runner_started_ticks'),
    /** The URL at which the other servers reach its internal streams. */
    url: text('url'),
    maxRuns: integer('max_runs').notNull(),
    draining: boolean('draining').notNull().default(false),
    startedAt: instant('started_at').notNull().defaultNow(),
    renewedAt: instant('renewed_at').notNull().defaultNow(),
    leaseExpiresAt: instant('lease_expires_at').notNull(),
    /** Set while no other server is alive: until then this one may continue without the database, and no reaper ends its runs. */
    aloneUntil: instant('alone_until'),
    /** Set once: by the server itself at an orderly stop, or by a reaper when its lease has expired. */
    endedAt: instant('ended_at'),
    lost: boolean('lost').notNull().default(false),
  },
  (t) => [
    check('servers_role', sql`${t.role} in ('all', 'web', 'runner')`),
    index('servers_alive').on(t.leaseExpiresAt).where(sql`${t.endedAt} is null`),
  ],
)
