import { and, asc, eq, inArray, isNotNull, isNull, lt, notExists, or, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { daysAgo, now } from '@/db/expressions'
import { removeRows } from '@/db/remove-rows'
import {
  activityLog,
  agentApiKeys,
  heartbeatRuns,
  invitations,
  notifications,
  personalTokens,
  servers,
  sessions,
  signInAttempts,
  signInLinks,
} from '@/db/schema'
import { transaction } from '@/db/transaction'
import { isRunning } from '@/server/engine/runs/status-filters'
import type { Log } from '@/server/platform/logger'
import { forgetFormer } from '@/server/secrets/former'
import { removeOldStatistics } from './old-statistics'

/** In days; 0 keeps all. */
export type Keep = { activityDays: number; notificationDays: number }

const batchRows = 500

/** Removes the oldest rows, `limit` at most, and returns their number. Each is one short transaction. */
type Removal = (tx: Tx, limit: number, keep: Keep) => Promise<number>

/** Tables that grow and that no company's retention covers: docs/security.md lists each bound. */
const removals: Removal[] = [
  activity,
  oldNotifications,
  expired(signInLinks.tokenHash, () => lt(signInLinks.expiresAt, daysAgo(7))),
  expired(sessions.tokenHash, () => lt(sessions.expiresAt, now())),
  expired(invitations.id, () =>
    or(
      lt(invitations.acceptedAt, daysAgo(30)),
      and(isNull(invitations.acceptedAt), lt(invitations.expiresAt, daysAgo(30))),
    ),
  ),
  expired(personalTokens.id, () =>
    or(lt(personalTokens.revokedAt, daysAgo(90)), lt(personalTokens.expiresAt, daysAgo(90))),
  ),
  expired(agentApiKeys.id, () => lt(agentApiKeys.revokedAt, daysAgo(90))),
  expired(signInAttempts.key, () => lt(signInAttempts.since, daysAgo(1))),
  expired(servers.id, (tx) => and(lt(servers.endedAt, daysAgo(30)), hasNoRuns(tx))),
  removeOldStatistics,
  forgetFormer,
]

/** Removes outdated rows, in batches. After an abort the next call continues. Returns the number of removed rows. */
export async function removeOutdated(sql: RawSql, keep: Keep, log: Log, signal: AbortSignal): Promise<number> {
  let removed = 0
  for (const remove of removals) {
    try {
      for (let count = batchRows; count === batchRows && !signal.aborted; removed += count) {
        count = await transaction(sql, (tx) => remove(tx, batchRows, keep))
      }
    } catch (err) {
      // A removal that fails does not prevent the others.
      log.error({ err }, 'outdated rows could not be removed')
    }
  }
  return removed
}

function expired(key: PgColumn, condition: (tx: Tx) => SQL | undefined): Removal {
  return (tx, limit) => removeRows(tx, key, { where: condition(tx), limit })
}

/** A run finds its log by the server that held it. Running and ended runs have an index by server each. */
function hasNoRuns(tx: Tx) {
  const runs = (condition: SQL) =>
    drizzleOn(tx)
      .select({ id: heartbeatRuns.id })
      .from(heartbeatRuns)
      .where(and(eq(heartbeatRuns.workerId, servers.id), condition))
  return and(notExists(runs(isRunning)), notExists(runs(isNotNull(heartbeatRuns.finishedAt))))
}

/** Ids are in order of time: only the oldest rows are read. */
async function activity(tx: Tx, limit: number, { activityDays }: Keep): Promise<number> {
  if (activityDays === 0) return 0
  await tx`set local reveille.retention = 'on'`
  const { id, createdAt } = activityLog
  const db = drizzleOn(tx)
  const oldest = db.select({ id }).from(activityLog).orderBy(asc(id)).limit(limit)
  const removed = await db
    .delete(activityLog)
    .where(and(inArray(id, oldest), lt(createdAt, daysAgo(activityDays))))
    .returning({ id })
  return removed.length
}

/** The database removes their deliveries with them. */
async function oldNotifications(tx: Tx, limit: number, { notificationDays }: Keep): Promise<number> {
  if (notificationDays === 0) return 0
  const { id, createdAt } = notifications
  return await removeRows(tx, id, { where: lt(createdAt, daysAgo(notificationDays)), orderBy: createdAt, limit })
}
