import { and, eq, isNotNull } from 'drizzle-orm'
import type { Executor, RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { daysAgo, now, plus } from '@/db/expressions'
import { companies, retentionProgress as progress } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { limitsOf, type RetainedKind, type RetentionLimits, retainedKinds } from '@/server/domain/retention'
import { type Item, kinds, type Position } from './kinds'

const batchItems = 200
const countedItems = 2000
const begin: Position = { at: new Date(0), id: '00000000-0000-0000-0000-000000000000' }

/**
 * Removes what the companies' retention does not keep, oldest first, in batches that are each a short transaction. Each
 * batch stores its progress, so that the next one begins there. Returns the number of removed items.
 */
export async function retainAll(sql: RawSql, signal: AbortSignal): Promise<number> {
  const retaining = await drizzleOn(sql)
    .select({ id: companies.id, retention: companies.retention })
    .from(companies)
    .where(isNotNull(companies.retention))
  let removed = 0
  for (const { id, retention } of retaining) {
    for (const kind of retainedKinds) {
      const limits = retention && limitsOf(retention, kind)
      if (limits && !signal.aborted) removed += await retain(sql, id, kind, limits, signal)
    }
  }
  return removed
}

async function retain(
  sql: RawSql,
  companyId: string,
  kind: RetainedKind,
  limits: RetentionLimits,
  signal: AbortSignal,
): Promise<number> {
  const db = drizzleOn(sql)
  await db.insert(progress).values({ companyId, kind, placeAt: begin.at, placeId: begin.id }).onConflictDoNothing()
  const [reached] = await db
    .select({ start: position, cutoff: daysAgo(limits.days ?? 0) })
    .from(progress)
    .where(isOf(companyId, kind))
  // The company was removed meanwhile.
  if (!reached) return 0
  const { start, cutoff } = reached
  const due: Due = { endedBefore: limits.days === null ? null : cutoff, excess: Number.NEGATIVE_INFINITY }
  if (limits.bytes !== null) due.excess = (await keptBytes(sql, { companyId, kind, start, signal })) - limits.bytes
  let from: Position | null = null
  let removed = 0
  for (let more = true; more && !signal.aborted; ) {
    const step = await transaction(sql, (tx) => retainBatch(tx, { companyId, kind, due, from }))
    // Another server holds the progress of this kind.
    if (!step) return removed
    removed += step.removed
    from = step.last
    more = step.more
  }
  return removed
}

const position = { at: progress.placeAt, id: progress.placeId }

function isOf(companyId: string, kind: RetainedKind) {
  return and(eq(progress.companyId, companyId), eq(progress.kind, kind))
}

type Due = { endedBefore: Date | null; excess: number }

async function retainBatch(
  tx: Tx,
  { companyId, kind, due, from }: { companyId: string; kind: RetainedKind; due: Due; from: Position | null },
) {
  const db = drizzleOn(tx)
  const [reached] = await db
    .select(position)
    .from(progress)
    .where(isOf(companyId, kind))
    .for('update', { skipLocked: true })
  if (!reached) return null
  const items = await kinds[kind].page(tx, companyId, from ?? reached, batchItems)
  const chosen = items.filter((item) => isDue(item, due))
  const ids = chosen.map((item) => item.id)
  if (ids.length > 0) await kinds[kind].remove(tx, ids)
  const last = items.at(-1)
  const more = items.length === batchItems && last !== undefined && mayHoldMore(last, due)
  // Items that are skipped because they have not ended are read again by the next batch.
  const isFirst = from === null || (from.at.getTime() === reached.at.getTime() && from.id === reached.id)
  const next = (isFirst ? lastBeforeKept(items, chosen) : null) ?? reached
  await db
    .update(progress)
    .set({
      removedItems: plus(progress.removedItems, chosen.length),
      removedBytes: plus(
        progress.removedBytes,
        chosen.reduce((sum, item) => sum + item.bytes, 0),
      ),
      placeAt: next.at,
      placeId: next.id,
      finishedAt: more ? undefined : now(),
    })
    .where(isOf(companyId, kind))
  return { removed: chosen.length, last: last ?? from, more }
}

/** Subtracts what is removed from the excess. */
function isDue(item: Item, due: Due): boolean {
  if (item.endedAt === null || item.isRemoved) return false
  const isOld = due.endedBefore !== null && item.endedAt < due.endedBefore
  if (!isOld && due.excess <= 0) return false
  due.excess -= item.bytes
  return true
}

/** Items that began after the limit cannot have ended before it. */
function mayHoldMore(last: Item, due: Due): boolean {
  return due.excess > 0 || (due.endedBefore !== null && last.at < due.endedBefore)
}

/** The last item before the first one that is kept. */
function lastBeforeKept(items: Item[], chosen: Item[]): Position | null {
  const kept = items.findIndex((item) => !item.isRemoved && !chosen.includes(item))
  return (kept < 0 ? items.at(-1) : items[kept - 1]) ?? null
}

async function keptBytes(
  sql: Executor,
  { companyId, kind, start, signal }: { companyId: string; kind: RetainedKind; start: Position; signal: AbortSignal },
): Promise<number> {
  let after = start
  let total = 0
  while (!signal.aborted) {
    const items = await kinds[kind].page(sql, companyId, after, countedItems)
    total += items.reduce((sum, item) => sum + (item.isRemoved ? 0 : item.bytes), 0)
    const last = items.at(-1)
    if (!last || items.length < countedItems) break
    after = last
  }
  return total
}
