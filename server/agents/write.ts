import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now, plus } from '@/db/expressions'
import { agentRuntimeState, agents, companies } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { JsonObject } from '@/server/domain/json'
import { policyIfReadable } from '@/server/domain/policy'
import { schedule } from '@/server/engine/timers/tick'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { sealConfig } from '@/server/secrets/seal-config'
import { checkedConfig, checkedRuntime, timerOf } from './configuration'
import { recordRevision } from './history'
import { publishAgent } from './publish'
import { type Agent, getAgent } from './queries'

export type NewAgent = {
  companyId: CompanyId
  name: string
  adapterType: string
  adapterConfig: JsonObject
  runtimeConfig?: unknown
  budgetMonthlyMicros?: number | null
}

/** Errors: `invalid_input` with the path of the invalid field; `company.archived`. Then nothing is stored. */
export async function createAgent(sql: RawSql, by: AuditActor, secretKey: Buffer, given: NewAgent): Promise<Agent> {
  const config = checkedConfig(given.adapterType, given.adapterConfig)
  const runtimeConfig = checkedRuntime(given.runtimeConfig)
  const { companyId, name, adapterType, budgetMonthlyMicros } = given
  return await transaction(sql, async (tx) => {
    await refuseArchived(tx, companyId)
    const id = randomUUID()
    const adapterConfig = await sealConfig(tx, secretKey, { id, companyId }, config)
    const row = { id, companyId, name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros }
    await drizzleOn(tx).insert(agents).values(row)
    await drizzleOn(tx).insert(agentRuntimeState).values({ agentId: id, companyId })
    await schedule(tx, id)
    const agent = await getAgent(tx, id)
    await recordRevision(tx, by, agent)
    await recordActivity(tx, { companyId, by, action: 'agent.create', subject: { type: 'agent', id } })
    await publishAgent(tx, agent)
    return agent
  })
}

/** The lock orders the new agent before or after a pause: the pause stops it with the others, or it comes afterwards. */
async function refuseArchived(tx: Tx, companyId: string): Promise<void> {
  const [company] = await drizzleOn(tx)
    .select({ status: companies.status })
    .from(companies)
    .where(eq(companies.id, companyId))
    .for('share')
  if (company?.status === 'archived') {
    throw new ApiError('company.archived', 'The company is archived: it takes no new agents.')
  }
}

export type AgentChange = Partial<Omit<NewAgent, 'companyId'>>

/** A new adapter type drops the session; a changed timer is scheduled anew. */
export async function updateAgent(
  sql: RawSql,
  by: AuditActor,
  secretKey: Buffer,
  agentId: string,
  change: AgentChange,
): Promise<Agent> {
  return await transaction(sql, async (tx) => {
    const before = await lockAgent(tx, agentId)
    const adapterType = change.adapterType ?? before.adapterType
    const needsConfig = change.adapterType !== undefined || change.adapterConfig !== undefined
    const adapterConfig = needsConfig
      ? await sealConfig(
          tx,
          secretKey,
          before,
          checkedConfig(adapterType, change.adapterConfig ?? before.adapterConfig),
        )
      : before.adapterConfig
    const runtimeConfig =
      change.runtimeConfig === undefined
        ? before.runtimeConfig
        : checkedRuntime(change.runtimeConfig, policyIfReadable(before.runtimeConfig))
    const { name, budgetMonthlyMicros } = change
    await drizzleOn(tx)
      .update(agents)
      .set({ updatedAt: now(), name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros })
      .where(eq(agents.id, agentId))
    if (adapterType !== before.adapterType) await dropSession(tx, agentId)
    if (timerOf(runtimeConfig) !== timerOf(before.runtimeConfig)) await schedule(tx, agentId)
    const agent = await getAgent(tx, agentId)
    await recordRevision(tx, by, agent)
    await recordActivity(tx, {
      companyId: before.companyId,
      by,
      action: 'agent.update',
      subject: { type: 'agent', id: agentId },
      details: { changed: Object.keys(change) },
    })
    await publishAgent(tx, agent)
    return agent
  })
}

/** Locks the agent's row and returns the agent as it is then. */
export async function lockAgent(tx: Tx, agentId: string): Promise<Agent> {
  await drizzleOn(tx).select({ id: agents.id }).from(agents).where(eq(agents.id, agentId)).for('no key update')
  return await getAgent(tx, agentId)
}

/** A running run keeps the session that it started with; the session that it returns is discarded. */
export async function dropSession(tx: Tx, agentId: string): Promise<void> {
  await drizzleOn(tx)
    .update(agentRuntimeState)
    .set({ sessionId: null, sessionVersion: plus(agentRuntimeState.sessionVersion, 1), updatedAt: now() })
    .where(eq(agentRuntimeState.agentId, agentId))
}
