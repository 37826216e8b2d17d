import { and, eq, exists, lt, notExists, type SQL } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny, millisecondsAfter, millisecondsAgo } from '@/db/expressions'
import { removeRows } from '@/db/remove-rows'
import { formerSecrets, heartbeatRuns } from '@/db/schema'
import type { JsonObject } from '@/server/domain/json'
import { secretEntries, secretNameOf } from './references'
import { unseal } from './seal'

/**
 * Longer than any transaction takes: `replacedAt` is when the transaction that replaced a value began, and a run that
 * starts before its commit still gets the former value.
 */
const marginMs = 60_000

/** The former values of an agent's secrets that a running run of this agent may have started with. */
export async function formerValues(
  sql: Executor,
  secretKey: Buffer,
  agent: { id: string; companyId: string; adapterConfig: JsonObject },
): Promise<string[]> {
  const { companyId } = agent
  const names = secretEntries(agent.adapterConfig).flatMap((entry) => secretNameOf(entry.value) ?? [])
  if (names.length === 0) return []
  const { name, sealedValue } = formerSecrets
  const run = runsThatMayKnow(sql, eq(heartbeatRuns.agentId, agent.id))
  const rows = await drizzleOn(sql)
    .select({ name, sealedValue })
    .from(formerSecrets)
    .where(and(eq(formerSecrets.companyId, companyId), equalsAny(name, names), exists(run)))
  return rows.map(({ name, sealedValue }) => unseal(secretKey, { companyId, name }, sealedValue))
}

/** Removes at most `limit` values that no running or starting run can know. Returns their number. */
export async function forgetFormer(sql: Executor, limit: number): Promise<number> {
  const { id, replacedAt, companyId } = formerSecrets
  const run = runsThatMayKnow(sql, eq(heartbeatRuns.companyId, companyId))
  return await removeRows(sql, id, { where: and(lt(replacedAt, millisecondsAgo(marginMs)), notExists(run)), limit })
}

function runsThatMayKnow(sql: Executor, whose: SQL) {
  const startedBefore = lt(heartbeatRuns.startedAt, millisecondsAfter(formerSecrets.replacedAt, marginMs))
  return drizzleOn(sql)
    .select({ id: heartbeatRuns.id })
    .from(heartbeatRuns)
    .where(and(whose, eq(heartbeatRuns.status, 'running').inlineParams(), startedBefore))
}
