import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, plus } from '@/db/expressions'
import { agentWakeupRequests } from '@/db/schema'
import type { SkipReason } from '@/server/domain/wakeup-status'
import type { Verdict } from './decide'
import type { NewWakeup, Written } from './write'

// A wakeup that adds no information is counted on the receipt of an earlier one.

const receipts = agentWakeupRequests

/** The condition of the index `wakeups_one_bare_timer`. */
const isStoredBareTimer = and(
  eq(receipts.source, 'timer').inlineParams(),
  isNull(receipts.idempotencyKey),
  isNull(receipts.reason),
  isNull(receipts.payload),
  eq(coalesce(receipts.contextSnapshot, sql`'{}'`), sql`'{}'`),
)

/** Whether a timer's wakeup has no content: other content would be lost in a count. */
function isBareTimer({ source, idempotencyKey, reason, payload, contextSnapshot }: NewWakeup): boolean {
  const isBare = idempotencyKey === null && reason === null && payload === null
  return source === 'timer' && isBare && Object.keys(contextSnapshot ?? {}).length === 0
}

/** A run has at most one coalesced timer request, which counts further firings. */
export async function countCoalescedTimer(tx: Tx, wakeup: NewWakeup, runId: string): Promise<Written | null> {
  if (!isBareTimer(wakeup)) return null
  const isOfRun = eq(receipts.runId, runId)
  return await count(tx, and(isOfRun, eq(receipts.status, 'coalesced').inlineParams(), isStoredBareTimer), runId)
}

/** Counts a timer's wakeup that is skipped again for the same reason. */
export async function countSkippedTimer(tx: Tx, wakeup: NewWakeup, reason: SkipReason): Promise<Written | null> {
  if (!isBareTimer(wakeup)) return null
  return await count(tx, and(isLastSkip(tx, wakeup.agentId, reason), isStoredBareTimer), null)
}

/** An agent that requests again and again beyond a bound gets one receipt. */
export async function countRefusal(tx: Tx, wakeup: NewWakeup, verdict: Verdict): Promise<Written | null> {
  if (!wakeup.cause || verdict.kind !== 'skip' || !verdict.reason.startsWith('wakeup.')) return null
  const { id } = wakeup.actor
  const isOfActor = id === null ? isNull(receipts.requestedByActorId) : eq(receipts.requestedByActorId, id)
  return await count(tx, and(isLastSkip(tx, wakeup.agentId, verdict.reason), isOfActor), null)
}

/** The last receipt of the agent, if it is a skip for this reason. */
function isLastSkip(tx: Tx, agentId: string, reason: SkipReason): SQL | undefined {
  const last = drizzleOn(tx)
    .select({ id: receipts.id })
    .from(receipts)
    .where(eq(receipts.agentId, agentId))
    .orderBy(desc(receipts.requestedAt), desc(receipts.id))
    .limit(1)
  return and(eq(receipts.id, last), eq(receipts.status, 'skipped'), eq(receipts.skipReason, reason))
}

async function count(tx: Tx, which: SQL | undefined, runId: string | null): Promise<Written | null> {
  const [counted] = await drizzleOn(tx)
    .update(receipts)
    .set({ coalescedCount: plus(receipts.coalescedCount, 1) })
    .where(which)
    .returning({ wakeupId: receipts.id })
  return counted ? { ...counted, runId } : null
}
