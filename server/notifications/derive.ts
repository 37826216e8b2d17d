import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { moveMark, settledUntil, takeMark } from '@/server/stats/settled'
import { type Fact, factsOfBudgets, factsOfRuns, factsOfServers, factsOfSilence } from './facts'
import { rulesOf } from './rules'
import { type NewNotification, tell } from './tell'

const mark = 'notifications'
const batchRuns = 500

/**
 * Tells companies what their rules want told of what was committed since the last time. Several servers may do it: one
 * at a time does. Answers how many notifications there are more.
 */
export async function derive(sql: RawSql, signal?: AbortSignal): Promise<number> {
  let told = 0
  while (!signal?.aborted) {
    const batch = await transaction(sql, (tx) => deriveBatch(tx))
    told += batch.told
    if (batch.isDone) break
  }
  return told
}

async function deriveBatch(tx: Tx): Promise<{ told: number; isDone: boolean }> {
  const settled = await settledUntil(tx)
  const from = await takeMark(tx, mark, settled)
  if (!from || from >= settled) return { told: 0, isDone: true }
  const [full] = await tx<{ at: Date }[]>`
    select finished_at as at from heartbeat_runs where finished_at >= ${from} and finished_at < ${settled}
    order by finished_at offset ${batchRuns} limit 1`
  const until = full ? new Date(Math.max(full.at.getTime(), from.getTime() + 1)) : settled
  const facts = [
    ...(await factsOfRuns(tx, from, until)),
    ...(await factsOfServers(tx, from, until)),
    ...(full ? [] : [...(await factsOfBudgets(tx)), ...(await factsOfSilence(tx))]),
  ]
  const told = await tell(tx, await wanted(tx, facts))
  await moveMark(tx, mark, until)
  return { told, isDone: !full }
}

async function wanted(tx: Tx, facts: readonly Fact[]): Promise<NewNotification[]> {
  const rules = await rulesOf(tx, [...new Set(facts.map((fact) => fact.companyId))])
  return facts.flatMap(({ measure, ...fact }) => {
    const rule = rules.get(fact.companyId)?.find(({ kind }) => kind === fact.kind)
    if (!rule || (!rule.toBrowser && !rule.toWebhook)) return []
    if (measure !== null && rule.threshold !== null && measure < rule.threshold) return []
    return [{ ...fact, toBrowser: rule.toBrowser, toWebhook: rule.toWebhook }]
  })
}
