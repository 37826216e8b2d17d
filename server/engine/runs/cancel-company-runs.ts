import { setTimeout as pause } from 'node:timers/promises'
import { and, asc, eq } from 'drizzle-orm'
import type { Executor, RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { isDataError } from '@/db/errors'
import { equalsAny, rowAfter } from '@/db/expressions'
import { agents, companyCancels } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Log } from '@/server/platform/logger'
import { cancelOfAgents } from './cancel'

/** An agent has at most one queued run, and as many running ones as its policy allows. */
const batchAgents = 100
/** Bounds on how long a caller waits for the first batches, and for a lock within them. */
const firstMs = 500
const firstLockMs = 200
const longestFinishMs = 10_000

type Step = 'more' | 'done' | 'locked'

/**
 * Requests the cancellation of all runs of the company, in the transaction that gives it a status under which no run
 * starts. A transaction that queues a run at that moment holds the agent's row: the agent's batch waits for that lock and
 * then finds the run.
 */
export async function requestCancels(tx: Tx, companyId: CompanyId, reason: string): Promise<void> {
  await drizzleOn(tx).insert(companyCancels).values({ companyId, reason }).onConflictDoNothing()
}

export async function isCancelling(sql: Executor, companyId: CompanyId): Promise<boolean> {
  return (await drizzleOn(sql).$count(companyCancels, eq(companyCancels.companyId, companyId))) > 0
}

/** Runs the first batches while the caller waits: most companies have no more. Failed and remaining batches are left to the loop. */
export async function cancelFirst(sql: RawSql, companyId: CompanyId): Promise<void> {
  const deadline = performance.now() + firstMs
  try {
    while ((await step(sql, companyId, { lockMs: firstLockMs })) === 'more' && performance.now() < deadline);
  } catch {
    // The loop retries, and logs the error.
  }
}

/** Cancels all remaining runs before the company becomes active again. Error: `in_use` after ten seconds. */
export async function finishCancels(sql: RawSql, companyId: CompanyId): Promise<void> {
  const deadline = performance.now() + longestFinishMs
  while (await isCancelling(sql, companyId)) {
    if (performance.now() > deadline) throw stillCancelling()
    if ((await step(sql, companyId, {})) === 'locked') await pause(50)
  }
}

export function stillCancelling(): ApiError {
  return new ApiError('in_use', 'The runs of the company are still being cancelled. Try again in a moment.', 'status')
}

/** Continues the cancellations of all companies, whichever server they were requested on. Returns the number of batches. */
export async function cancelInBatches(sql: RawSql, log: Log, signal?: AbortSignal): Promise<number> {
  const companies = await drizzleOn(sql)
    .select({ id: companyCancels.companyId })
    .from(companyCancels)
    .orderBy(asc(companyCancels.requestedAt))
    .limit(100)
  let batches = 0
  for (const { id } of companies) {
    for (let next: Step = 'more'; next === 'more' && !signal?.aborted; batches++) {
      next = await step(sql, id as CompanyId, { log })
    }
  }
  return batches
}

type BatchOptions = { log?: Log; lockMs?: number }

/** One batch. An agent whose run cannot be cancelled is skipped, so that it does not block the others. */
async function step(sql: RawSql, companyId: CompanyId, options: BatchOptions, agents = batchAgents): Promise<Step> {
  try {
    return await transaction(sql, (tx) => batch(tx, companyId, options, { agents, cancels: true }))
  } catch (err) {
    if (!isDataError(err)) throw err
    if (agents > 1) return await step(sql, companyId, options, 1)
    options.log?.error({ err, companyId }, 'a run of a company that is paused or archived could not be cancelled')
    return await transaction(sql, (tx) => batch(tx, companyId, options, { agents: 1, cancels: false }))
  }
}

async function batch(
  tx: Tx,
  companyId: CompanyId,
  { lockMs }: BatchOptions,
  { agents: size, cancels }: { agents: number; cancels: boolean },
): Promise<Step> {
  const db = drizzleOn(tx)
  const ofCompany = eq(companyCancels.companyId, companyId)
  if (lockMs) await tx`select set_config('lock_timeout', ${String(lockMs)}, true)`
  const [requested] = await db.select().from(companyCancels).where(ofCompany).for('update', { skipLocked: true })
  if (!requested) return 'locked'
  const batchOfAgents = await agentsAfter(tx, requested, size)
  if (cancels) await cancelAllOf(tx, batchOfAgents, requested.reason)
  const last = batchOfAgents.at(-1)
  if (batchOfAgents.length < size || !last) {
    await db.delete(companyCancels).where(ofCompany)
    return 'done'
  }
  await db.update(companyCancels).set({ afterAt: last.at, afterAgentId: last.id }).where(ofCompany)
  return 'more'
}

type AgentPosition = { id: string; at: Date }

/** The agents that the batches before this one have not reached, in the order in which they were made. */
async function agentsAfter(
  tx: Tx,
  { companyId, afterAt, afterAgentId }: typeof companyCancels.$inferSelect,
  count: number,
): Promise<AgentPosition[]> {
  const { id, createdAt } = agents
  return await drizzleOn(tx)
    .select({ id, at: createdAt })
    .from(agents)
    .where(
      and(eq(agents.companyId, companyId), afterAt ? rowAfter([createdAt, id], [afterAt, afterAgentId]) : undefined),
    )
    .orderBy(asc(createdAt), asc(id))
    .limit(count)
}

async function cancelAllOf(tx: Tx, batchOfAgents: readonly AgentPosition[], reason: string): Promise<void> {
  if (batchOfAgents.length === 0) return
  const ids = batchOfAgents.map((agent) => agent.id)
  await drizzleOn(tx)
    .select({ id: agents.id })
    .from(agents)
    .where(equalsAny(agents.id, ids))
    .orderBy(asc(agents.id))
    .for('no key update')
  await cancelOfAgents(tx, ids, reason)
}
