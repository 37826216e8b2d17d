import { and, count, eq, gt, max, ne } from 'drizzle-orm'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsAgo } from '@/db/expressions'
import { agentWakeupRequests, heartbeatRuns } from '@/db/schema'
import { isRunning } from '@/server/engine/runs/status-filters'
import type { Verdict } from './decide'
import type { NewWakeup } from './write'

export type WakeBounds = { maxDepth: number; perHour: number }
/** The agent that requests a wakeup, and the run whose token it used, or null if it used its own key. */
export type AgentCause = { agentId: string; runId: string | null; bounds: WakeBounds }

/**
 * Checks a wakeup that an agent requests against the bounds. Its depth is one more than that of the run whose token was
 * used, read from the run's row, never from the request. One at a time per company, so that the hourly count is exact.
 * Wakeups of people and timers pass without a statement, at depth 0.
 */
export async function boundAgent(
  tx: Tx,
  wakeup: NewWakeup,
  verdict: Verdict,
): Promise<{ verdict: Verdict; depth: number }> {
  const { cause } = wakeup
  if (!cause) return { verdict, depth: 0 }
  const { bounds } = cause
  const key = `wakeups of agents ${wakeup.companyId}`
  // Sent first: the statements after it count once the lock is granted.
  const locked = tx`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute()
  const [depth, made] = await Promise.all([
    depthFrom(tx, cause),
    countWithinTheHour(tx, wakeup.companyId, bounds),
    locked,
  ])
  if (verdict.kind === 'skip') return { verdict, depth }
  if (depth > bounds.maxDepth) return { verdict: { kind: 'skip', reason: 'wakeup.too_deep' }, depth }
  if (made >= bounds.perHour) return { verdict: { kind: 'skip', reason: 'wakeup.too_many' }, depth }
  return { verdict, depth }
}

async function depthFrom(tx: Tx, { runId, agentId }: AgentCause): Promise<number> {
  const [requester] = await drizzleOn(tx)
    .select({ depth: max(heartbeatRuns.wakeDepth) })
    .from(heartbeatRuns)
    .where(runId ? eq(heartbeatRuns.id, runId) : and(eq(heartbeatRuns.agentId, agentId), isRunning))
  return (requester?.depth ?? 0) + 1
}

/** Counts up to the bound. */
async function countWithinTheHour(tx: Tx, companyId: string, { perHour }: WakeBounds): Promise<number> {
  const db = drizzleOn(tx)
  const wakeups = agentWakeupRequests
  const made = db
    .select({ id: wakeups.id })
    .from(wakeups)
    .where(
      and(
        eq(wakeups.companyId, companyId),
        eq(wakeups.requestedByActorType, 'agent').inlineParams(),
        ne(wakeups.status, 'skipped'),
        gt(wakeups.requestedAt, millisecondsAgo(3_600_000)),
      ),
    )
    .limit(perHour)
    .as('made')
  const [counted] = await db.select({ made: count() }).from(made)
  return counted?.made ?? 0
}
