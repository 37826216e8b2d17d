import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import {
  limitsOf,
  type RetainedKind,
  type Retention,
  type RetentionLimits,
  retainedKinds,
} from '@/server/domain/retention'
import { type Item, kinds, type Place } from './kinds'

const batchItems = 200
const countedItems = 2000
const begin: Place = { at: new Date(0), id: '00000000-0000-0000-0000-000000000000' }

/**
 * Gives up what the companies' retention says, the oldest first, in batches that are each a short transaction. What was
 * done is remembered with each, so that whoever goes on begins there. Answers how many items were given up.
 */
export async function retainAll(sql: RawSql, signal: AbortSignal): Promise<number> {
  const companies = await sql<{ id: string; retention: Retention }[]>`
    select id, retention from companies where retention is not null`
  let removed = 0
  for (const { id, retention } of companies) {
    for (const kind of retainedKinds) {
      const limits = limitsOf(retention, kind)
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
  await sql`
    insert into retention_progress (company_id, kind, place_at, place_id)
    values (${companyId}, ${kind}, ${begin.at}, ${begin.id}) on conflict do nothing`
  const [{ cutoff }] = await sql<[{ cutoff: Date }]>`
    select now() - ${limits.days ?? 0} * interval '1 day' as cutoff`
  const due: Due = { endedBefore: limits.days === null ? null : cutoff, excess: Number.NEGATIVE_INFINITY }
  if (limits.bytes !== null) due.excess = (await keptBytes(sql, companyId, kind, signal)) - limits.bytes
  let from: Place | null = null
  let removed = 0
  for (let more = true; more && !signal.aborted; ) {
    const step = await transaction(sql, (tx) => retainBatch(tx, { companyId, kind, due, from }))
    // Another server is at it.
    if (!step) return removed
    removed += step.removed
    from = step.last
    more = step.more
  }
  return removed
}

type Due = { endedBefore: Date | null; excess: number }

async function retainBatch(
  tx: Executor,
  { companyId, kind, due, from }: { companyId: string; kind: RetainedKind; due: Due; from: Place | null },
) {
  const [place] = await tx<[Place?]>`
    select place_at as at, place_id as id from retention_progress
    where company_id = ${companyId} and kind = ${kind} for update skip locked`
  if (!place) return null
  const items = await kinds[kind].page(tx, companyId, from ?? place, batchItems)
  const chosen = items.filter((item) => isDue(item, due))
  const ids = chosen.map((item) => item.id)
  if (ids.length > 0) await kinds[kind].remove(tx, ids)
  const last = items.at(-1)
  const more = items.length === batchItems && last !== undefined && mayHoldMore(last, due)
  // What is passed over for now, because it has not ended, is looked at again.
  const isFirst = from === null || (from.at.getTime() === place.at.getTime() && from.id === place.id)
  const next = isFirst ? passedBy(items, chosen) : null
  await tx`
    update retention_progress set removed_items = removed_items + ${chosen.length},
      removed_bytes = removed_bytes + ${chosen.reduce((sum, item) => sum + item.bytes, 0)},
      place_at = ${(next ?? place).at}, place_id = ${(next ?? place).id},
      finished_at = ${more ? tx`finished_at` : tx`now()`}
    where company_id = ${companyId} and kind = ${kind}`
  return { removed: chosen.length, last: last ?? from, more }
}

/** Counts down what is too much. */
function isDue(item: Item, due: Due): boolean {
  if (item.endedAt === null || item.isGone) return false
  const isOld = due.endedBefore !== null && item.endedAt < due.endedBefore
  if (!isOld && due.excess <= 0) return false
  due.excess -= item.bytes
  return true
}

/** What began after the limit can not have ended before it. */
function mayHoldMore(last: Item, due: Due): boolean {
  return due.excess > 0 || (due.endedBefore !== null && last.at < due.endedBefore)
}

/** The last item before the first one that is still there. */
function passedBy(items: Item[], chosen: Item[]): Place | null {
  const kept = items.findIndex((item) => !item.isGone && !chosen.includes(item))
  return (kept < 0 ? items.at(-1) : items[kept - 1]) ?? null
}

async function keptBytes(sql: RawSql, companyId: string, kind: RetainedKind, signal: AbortSignal): Promise<number> {
  const [start] = await sql<[Place]>`
    select place_at as at, place_id as id from retention_progress where company_id = ${companyId} and kind = ${kind}`
  let place = start
  let total = 0
  while (!signal.aborted) {
    const items = await kinds[kind].page(sql, companyId, place, countedItems)
    total += items.reduce((sum, item) => sum + (item.isGone ? 0 : item.bytes), 0)
    const last = items.at(-1)
    if (!last || items.length < countedItems) break
    place = last
  }
  return total
}
