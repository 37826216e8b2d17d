import { setTimeout as pause } from 'node:timers/promises'
import type { Executor, RawSql, Tx } from '@/db/client'
import { isDataError } from '@/db/errors'
import { transaction } from '@/db/transaction'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Log } from '@/server/logger'
import { cancelOfAgents } from '@/server/runs/cancel'

/** Each has at most one queued run, and as many running ones as its policy allows. */
const batchAgents = 100
/** A caller waits no longer for the first batches, nor in them for anybody's lock. */
const firstMs = 500
const firstLockMs = 200
const longestFinishMs = 10_000

type Step = 'more' | 'done' | 'elsewhere'

/**
 * Asks that all runs of the company be cancelled, in the transaction that gives it a status under which none begins.
 * Whoever was making one meanwhile holds the agent: its batch waits for that, and finds the run.
 */
export async function requestCancels(tx: Tx, companyId: CompanyId, reason: string): Promise<void> {
  await tx`insert into company_cancels (company_id, reason) values (${companyId}, ${reason}) on conflict do nothing`
}

export async function isCancelling(sql: Executor, companyId: CompanyId): Promise<boolean> {
  const rows = await sql`select from company_cancels where company_id = ${companyId}`
  return rows.length > 0
}

/** The first batches, while the caller waits: of most companies they are all. What fails or is left is the loop's. */
export async function cancelFirst(sql: RawSql, companyId: CompanyId): Promise<void> {
  const deadline = performance.now() + firstMs
  try {
    while ((await step(sql, companyId, { lockMs: firstLockMs })) === 'more' && performance.now() < deadline);
  } catch {
    // The loop tries again, and says what is wrong.
  }
}

/** Carries on until all are cancelled, for who wants the company active again. Error: `in_use` where it takes too long. */
export async function finishCancels(sql: RawSql, companyId: CompanyId): Promise<void> {
  const deadline = performance.now() + longestFinishMs
  while (await isCancelling(sql, companyId)) {
    if (performance.now() > deadline) throw stillCancelling()
    if ((await step(sql, companyId, {})) === 'elsewhere') await pause(50)
  }
}

export function stillCancelling(): Failure {
  return new Failure('in_use', 'The runs of the company are still being cancelled. Try again in a moment.', 'status')
}

/** Carries on with every company that is at it, on any server. Answers how many batches were done. */
export async function cancelInBatches(sql: RawSql, log: Log, signal?: AbortSignal): Promise<number> {
  const companies = await sql<{ companyId: CompanyId }[]>`
    select company_id from company_cancels order by requested_at limit 100`
  let batches = 0
  for (const { companyId } of companies) {
    for (let next: Step = 'more'; next === 'more' && !signal?.aborted; batches++) {
      next = await step(sql, companyId, { log })
    }
  }
  return batches
}

type How = { log?: Log; lockMs?: number }

/** One batch. An agent with a run that can not be cancelled is passed over: it keeps no other from it. */
async function step(sql: RawSql, companyId: CompanyId, how: How, agents = batchAgents): Promise<Step> {
  try {
    return await transaction(sql, (tx) => batch(tx, companyId, how, { agents, cancels: true }))
  } catch (err) {
    if (!isDataError(err)) throw err
    if (agents > 1) return await step(sql, companyId, how, 1)
    how.log?.error({ err, companyId }, 'a run of a company that is paused or archived could not be cancelled')
    return await transaction(sql, (tx) => batch(tx, companyId, how, { agents: 1, cancels: false }))
  }
}

type Agent = { id: string; at: Date }

async function batch(
  tx: Tx,
  companyId: CompanyId,
  { lockMs }: How,
  { agents: count, cancels }: { agents: number; cancels: boolean },
): Promise<Step> {
  if (lockMs) await tx`select set_config('lock_timeout', ${String(lockMs)}, true)`
  const [asked] = await tx<{ reason: string; afterAt: Date | null; afterAgentId: string | null }[]>`
    select reason, after_at, after_agent_id from company_cancels where company_id = ${companyId} for update skip locked`
  if (!asked) return 'elsewhere'
  const agents = await tx<Agent[]>`
    select id, created_at as at from agents where company_id = ${companyId}
      ${asked.afterAt ? tx`and (created_at, id) > (${asked.afterAt}, ${asked.afterAgentId})` : tx``}
    order by created_at, id limit ${count}`
  if (cancels) await cancelAllOf(tx, agents, asked.reason)
  const last = agents.at(-1)
  if (agents.length < count || !last) {
    await tx`delete from company_cancels where company_id = ${companyId}`
    return 'done'
  }
  await tx`
    update company_cancels set after_at = ${last.at}, after_agent_id = ${last.id} where company_id = ${companyId}`
  return 'more'
}

async function cancelAllOf(tx: Tx, agents: readonly Agent[], reason: string): Promise<void> {
  if (agents.length === 0) return
  const ids = agents.map((agent) => agent.id)
  await tx`select from agents where id = any(${ids}) order by id for no key update`
  await cancelOfAgents(tx, ids, reason)
}
