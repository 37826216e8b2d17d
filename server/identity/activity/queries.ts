import { and, desc, eq, gte, isNull, lt } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { rowBefore } from '@/db/expressions'
import { activityLog } from '@/db/schema'
import type { JsonObject } from '@/server/domain/json'
import { type ActivityCursor, cursorOf } from './input'
import { lookUpNames } from './names'

export type ActivityFilter = {
  /** null: the lines that belong to no company. */
  companyId: string | null
  actorId?: string
  action?: string
  subjectType?: string
  subjectId?: string
  since?: Date
  until?: Date
}

/** The names are the current ones: null for REVEILLE_TOKEN, the server, and removed actors and subjects. */
export type ActivityLine = Omit<typeof activityLog.$inferSelect, 'details'> & {
  /** Depends on the action; a line may have been written by an earlier release. */
  details: JsonObject
  actorName: string | null
  subjectName: string | null
}

type Position = { limit: number; cursor?: ActivityCursor | null }

/** Newest first. */
export async function listActivity(
  sql: Executor,
  filter: ActivityFilter,
  { limit, cursor }: Position,
): Promise<{ items: ActivityLine[]; nextCursor: string | null }> {
  const lines = await readActivity(sql, filter, { limit: limit + 1, cursor })
  const items = lines.slice(0, limit)
  const last = items.at(-1)
  const isMore = lines.length > limit && last
  return { items, nextCursor: isMore ? cursorOf({ at: last.createdAt, id: last.id }) : null }
}

/** At most `limit` lines that are older than the cursor, newest first. */
export async function readActivity(
  sql: Executor,
  filter: ActivityFilter,
  { limit, cursor }: Position,
): Promise<ActivityLine[]> {
  const { createdAt, id } = activityLog
  const lines = await drizzleOn(sql)
    .select()
    .from(activityLog)
    .where(and(...conditionsOf(filter), cursor ? rowBefore([createdAt, id], [cursor.at, cursor.id]) : undefined))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit)
  const nameOf = await lookUpNames(sql, [...lines.map(actorOf), ...lines.map(subjectOf)])
  return lines.map((line) => ({
    ...line,
    details: line.details ?? {},
    actorName: nameOf(actorOf(line)),
    subjectName: nameOf(subjectOf(line)),
  }))
}

function conditionsOf({ companyId, actorId, action, subjectType, subjectId, since, until }: ActivityFilter) {
  return [
    companyId === null ? isNull(activityLog.companyId) : eq(activityLog.companyId, companyId),
    actorId ? eq(activityLog.actorId, actorId) : undefined,
    action ? eq(activityLog.action, action) : undefined,
    subjectType ? eq(activityLog.subjectType, subjectType) : undefined,
    subjectId ? eq(activityLog.subjectId, subjectId) : undefined,
    since && gte(activityLog.createdAt, since),
    until && lt(activityLog.createdAt, until),
  ]
}

type StoredLine = typeof activityLog.$inferSelect

function actorOf({ actorType, actorId }: StoredLine) {
  return { type: actorType === 'user' ? 'person' : actorType, id: actorId }
}

function subjectOf({ subjectType, subjectId }: StoredLine) {
  return { type: subjectType, id: subjectId }
}
