import { and, asc, gte, lt } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { lockMark, moveMark, settledUntil } from '@/server/insight/statistics/settled'
import { factsOfBudgets } from './budget-facts'
import { type Fact, factsOfRuns, factsOfServers, factsOfSilence } from './facts'
import { rulesOf } from './rules'
import { type NewNotification, storeNotifications } from './store'

const mark = 'notifications'
const batchRuns = 500

/**
 * Makes the notifications that the companies' rules ask for about what was committed since the last time. Of several
 * servers one at a time does it. Returns the number of new notifications.
 */
export async function derive(sql: RawSql, signal?: AbortSignal): Promise<number> {
  let created = 0
  while (!signal?.aborted) {
    const batch = await transaction(sql, (tx) => deriveBatch(tx))
    created += batch.created
    if (batch.isDone) break
  }
  return created
}

async function deriveBatch(tx: Tx): Promise<{ created: number; isDone: boolean }> {
  const settled = await settledUntil(tx)
  const from = await lockMark(tx, mark, settled)
  if (!from || from >= settled) return { created: 0, isDone: true }
  const fullAt = await endOfBatch(tx, from, settled)
  const until = fullAt ? new Date(Math.max(fullAt.getTime(), from.getTime() + 1)) : settled
  const facts = [
    ...(await factsOfRuns(tx, from, until)),
    ...(await factsOfServers(tx, from, until)),
    ...(fullAt ? [] : [...(await factsOfBudgets(tx)), ...(await factsOfSilence(tx))]),
  ]
  const created = await storeNotifications(tx, await selectByRules(tx, facts))
  await moveMark(tx, mark, until)
  return { created, isDone: !fullAt }
}

/** When the first run after a full batch ended; null if all fit into one batch. */
async function endOfBatch(tx: Tx, from: Date, until: Date): Promise<Date | null> {
  const { finishedAt } = heartbeatRuns
  const [next] = await drizzleOn(tx)
    .select({ at: finishedAt })
    .from(heartbeatRuns)
    .where(and(gte(finishedAt, from), lt(finishedAt, until)))
    .orderBy(asc(finishedAt))
    .offset(batchRuns)
    .limit(1)
  return next?.at ?? null
}

async function selectByRules(tx: Tx, facts: readonly Fact[]): Promise<NewNotification[]> {
  const rules = await rulesOf(tx, [...new Set(facts.map((fact) => fact.companyId))])
  return facts.flatMap(({ measure, ...fact }) => {
    const rule = rules.get(fact.companyId)?.find(({ kind }) => kind === fact.kind)
    if (!rule || (!rule.toBrowser && !rule.toWebhook)) return []
    if (measure !== null && rule.threshold !== null && measure < rule.threshold) return []
    return [{ ...fact, toBrowser: rule.toBrowser, toWebhook: rule.toWebhook }]
  })
}
