import { and, asc, eq, exists, isNotNull, isNull, not, sum } from 'drizzle-orm'
import type { PgSelect } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny, millisecondsAgo, now, rowAfter, storedBytes } from '@/db/expressions'
import { heartbeatRunEvents as events, heartbeatRuns as runs, agentWakeupRequests as wakeups } from '@/db/schema'
import type { RetainedKind } from '@/server/domain/retention'
import { hasEnded, removeLogs, removeRuns } from '@/server/engine/runs/remove'

/** A run or a wakeup that retention may remove, or a part of. `bytes` is what that frees; `isRemoved` if it was removed before. */
export type Item = { id: string; at: Date; endedAt: Date | null; bytes: number; isRemoved: boolean }
export type Position = { at: Date; id: string }

type Kind = {
  /** The items of a company after a position, oldest first. */
  page(sql: Executor, companyId: string, after: Position, limit: number): Promise<Item[]>
  /** Removes nothing of a run or a wakeup that has not ended. */
  remove(sql: Executor, ids: string[]): Promise<unknown>
}

const runItem = { id: runs.id, at: runs.createdAt, endedAt: runs.finishedAt }
/** Statistics, notifications and callers that wait for a run still read it after its end. */
const keptAfterEndMs = 3_600_000

export const kinds = {
  logs: {
    async page(sql, ...query) {
      const { logBytes, logRemovedAt } = runs
      const select = drizzleOn(sql)
        .select({ ...runItem, logBytes, logRemovedAt })
        .from(runs)
      const rows = await oldestRuns(select.$dynamic(), ...query)
      return rows.map(({ logBytes, logRemovedAt, ...item }) => ({
        ...item,
        bytes: logBytes ?? 0,
        isRemoved: logRemovedAt !== null || logBytes === 0,
      }))
    },
    remove: removeLogs,
  },
  events: {
    async page(sql, ...query) {
      const db = drizzleOn(sql)
      const stored = db
        .select({ bytes: sum(storedBytes(events)).as('bytes') })
        .from(events)
        .where(eq(events.runId, runs.id))
        .as('stored')
      const select = db
        .select({ ...runItem, bytes: stored.bytes })
        .from(runs)
        .crossJoinLateral(stored)
      const rows = await oldestRuns(select.$dynamic(), ...query)
      return rows.map((item) => ({ ...item, bytes: Number(item.bytes ?? 0), isRemoved: item.bytes === null }))
    },
    async remove(sql, ids) {
      await drizzleOn(sql).delete(events).where(equalsAny(events.runId, ids))
    },
  },
  fields: {
    async page(sql, ...query) {
      const { contextSnapshot, resultJson, stdoutExcerpt, fieldsRemovedAt } = runs
      const sizes = {
        context: storedBytes(contextSnapshot),
        result: storedBytes(resultJson),
        excerpt: storedBytes(stdoutExcerpt),
      }
      const select = drizzleOn(sql)
        .select({ ...runItem, fieldsRemovedAt, ...sizes })
        .from(runs)
      const rows = await oldestRuns(select.$dynamic(), ...query)
      return rows.map(({ context, result, excerpt, fieldsRemovedAt, ...item }) => ({
        ...item,
        bytes: (context ?? 0) + (result ?? 0) + (excerpt ?? 0),
        isRemoved: fieldsRemovedAt !== null,
      }))
    },
    async remove(sql, ids) {
      const none = { contextSnapshot: {}, isContextWhole: true, resultJson: null, stdoutExcerpt: null }
      await drizzleOn(sql)
        .update(runs)
        .set({ ...none, fieldsRemovedAt: now() })
        .where(hasEnded(ids))
    },
  },
  wakeups: {
    async page(sql, companyId, after, limit) {
      const { id, requestedAt: at, finishedAt } = wakeups
      const rows = await drizzleOn(sql)
        .select({ id, at, finishedAt, isNeeded: isNeeded(sql).mapWith(Boolean), bytes: storedBytes(wakeups) })
        .from(wakeups)
        .where(and(eq(wakeups.companyId, companyId), rowAfter([at, id], [after.at, after.id])))
        .orderBy(asc(at), asc(id))
        .limit(limit)
      return rows.map(({ finishedAt, isNeeded, bytes, ...item }) => ({
        ...item,
        endedAt: isNeeded ? null : finishedAt,
        bytes: bytes ?? 0,
        isRemoved: false,
      }))
    },
    async remove(sql, ids) {
      await drizzleOn(sql)
        .delete(wakeups)
        .where(and(equalsAny(wakeups.id, ids), isNotNull(wakeups.finishedAt), not(isNeeded(sql))))
    },
  },
  runs: {
    async page(sql, ...query) {
      const fields = { ...runItem, bytes: storedBytes(runs), endedBefore: millisecondsAgo(keptAfterEndMs) }
      const rows = await oldestRuns(drizzleOn(sql).select(fields).from(runs).$dynamic(), ...query)
      return rows.map(({ endedBefore, ...item }) => ({
        ...item,
        endedAt: item.endedAt && item.endedAt < endedBefore ? item.endedAt : null,
        bytes: item.bytes ?? 0,
        isRemoved: false,
      }))
    },
    remove: removeRuns,
  },
} as const satisfies Record<RetainedKind, Kind>

function oldestRuns<Select extends PgSelect>(select: Select, companyId: string, after: Position, limit: number) {
  return select
    .where(and(eq(runs.companyId, companyId), rowAfter([runs.createdAt, runs.id], [after.at, after.id])))
    .orderBy(asc(runs.createdAt), asc(runs.id))
    .limit(limit)
}

/** Whether a run that has not ended takes its context from this wakeup. */
function isNeeded(sql: Executor) {
  const waiting = drizzleOn(sql)
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.id, wakeups.contextRunId), isNull(runs.finishedAt)))
  return exists(waiting)
}
