import { and, count, eq, gt, max, ne } from 'drizzle-orm'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { millisecondsAgo } from '@/db/expressions'
import { agentWakeupRequests, heartbeatRuns } from '@/db/schema'
import { isRunning } from '@/server/engine/runs/status-filters'
import type { Verdict } from './decide'
import type { NewWakeup } from './write'

export type WakeBounds = { maxDepth: number; perHour: number }
/** The agent that asks; the run whose token it asked with, or null where it used a key of its own. */
export type AgentCause = { agentId: string; runId: string | null; bounds: WakeBounds }

/**
 * Holds an agent's wish against the bounds. Its depth is that of the run it asks from, and one: read from the row of the
 * run that the token names, never from what is sent. One at a time per company, so that the hourly count is exact.
 * What people and timers ask for passes without a statement, at depth 0.
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
  // Sent first: what follows counts after the lock was granted.
  const locked = tx`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute()
  const [depth, made] = await Promise.all([
    depthFrom(tx, cause),
    madeWithinTheHour(tx, wakeup.companyId, bounds),
    locked,
  ])
  if (verdict.kind === 'skip') return { verdict, depth }
  if (depth > bounds.maxDepth) return { verdict: { kind: 'skip', reason: 'wakeup.too_deep' }, depth }
  if (made >= bounds.perHour) return { verdict: { kind: 'skip', reason: 'wakeup.too_many' }, depth }
  return { verdict, depth }
}

async function depthFrom(tx: Tx, { runId, agentId }: AgentCause): Promise<number> {
  const [asking] = await drizzleOn(tx)
    .select({ depth: max(heartbeatRuns.wakeDepth) })
    .from(heartbeatRuns)
    .where(runId ? eq(heartbeatRuns.id, runId) : and(eq(heartbeatRuns.agentId, agentId), isRunning))
  return (asking?.depth ?? 0) + 1
}

/** Counted up to the bound. */
async function madeWithinTheHour(tx: Tx, companyId: string, { perHour }: WakeBounds): Promise<number> {
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
