import { and, asc, eq, exists, inArray, isNotNull, isNull, lt, notExists, or, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsAgo, now } from '@/db/expressions'
import {
  activityLog,
  agentApiKeys,
  companies,
  invitations,
  notifications,
  personalTokens,
  heartbeatRuns as runs,
  servers,
  sessions,
  signInAttempts,
  signInLinks,
  runStatsHourly as statistics,
} from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { Log } from '@/server/logger'
import { forgetFormer } from '@/server/secrets/former'

/** In days; 0: for ever. */
export type Keep = { activityDays: number; notificationDays: number }

const batchRows = 500

/** Removes the oldest rows, `limit` at most, and returns their number. Each is one short transaction. */
type Removal = (tx: Tx, limit: number, keep: Keep) => Promise<number>

/** What grows by itself and belongs to no company's retention: docs/security.md lists each bound. */
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
  // A run finds its log by the server that held it.
  expired(servers.id, (tx) => and(lt(servers.endedAt, daysAgo(30)), ...hasNoRuns(tx))),
  runStatistics,
  forgetFormer,
]

/** Removes what is outdated, in batches. When aborted, it continues the next time. Returns the number of removed rows. */
export async function removeOutdated(sql: RawSql, keep: Keep, log: Log, signal: AbortSignal): Promise<number> {
  let removed = 0
  for (const remove of removals) {
    try {
      for (let count = batchRows; count === batchRows && !signal.aborted; removed += count) {
        count = await transaction(sql, (tx) => remove(tx, batchRows, keep))
      }
    } catch (err) {
      // A removal that fails does not prevent the others.
      log.error({ err }, 'what is outdated could not be removed')
    }
  }
  return removed
}

function expired(key: PgColumn, condition: (tx: Tx) => SQL | undefined): Removal {
  return async (tx, limit) => {
    const db = drizzleOn(tx)
    const old = db.select({ key }).from(key.table).where(condition(tx)).limit(limit).for('update', { skipLocked: true })
    return (await db.delete(key.table).where(inArray(key, old)).returning({ key })).length
  }
}

function daysAgo(days: number) {
  return millisecondsAgo(days * 86_400_000)
}

/** In the words of the indexes over running and over ended runs of a server. */
function hasNoRuns(tx: Tx) {
  const db = drizzleOn(tx)
  const itsRuns = (condition: SQL) =>
    db
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.serverId, servers.id), condition))
  return [notExists(itsRuns(eq(runs.status, 'running').inlineParams())), notExists(itsRuns(isNotNull(runs.finishedAt)))]
}

/** Its numbers are in the order of time: only its beginning is looked at. */
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

/** With their deliveries. */
async function oldNotifications(tx: Tx, limit: number, { notificationDays }: Keep): Promise<number> {
  if (notificationDays === 0) return 0
  const { id, createdAt } = notifications
  const db = drizzleOn(tx)
  const old = db
    .select({ id })
    .from(notifications)
    .where(lt(createdAt, daysAgo(notificationDays)))
    .orderBy(asc(createdAt))
    .limit(limit)
    .for('update', { skipLocked: true })
  return (await db.delete(notifications).where(inArray(id, old)).returning({ id })).length
}

/** Boards show weeks of them. By company, as they are indexed. */
async function runStatistics(tx: Tx, limit: number): Promise<number> {
  const { companyId, hour, status, bucket } = statistics
  const db = drizzleOn(tx)
  const oldOfCompany = db
    .select({ companyId, hour, status, bucket })
    .from(statistics)
    .where(and(eq(companyId, companies.id), lt(hour, daysAgo(400))))
    .orderBy(asc(hour))
    .limit(limit)
    .as('old_of_company')
  const old = db
    .select({
      companyId: oldOfCompany.companyId,
      hour: oldOfCompany.hour,
      status: oldOfCompany.status,
      bucket: oldOfCompany.bucket,
    })
    .from(companies)
    .crossJoinLateral(oldOfCompany)
    .limit(limit)
    .as('old')
  const isOld = db
    .select({ hour: old.hour })
    .from(old)
    .where(and(eq(companyId, old.companyId), eq(hour, old.hour), eq(status, old.status), eq(bucket, old.bucket)))
  return (await db.delete(statistics).where(exists(isOld)).returning({ hour })).length
}
