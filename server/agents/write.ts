import { randomUUID } from 'node:crypto'
import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import { adapterOf, adapters } from '@/server/adapters/registry'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { inputFailure } from '@/server/domain/input-fault'
import {
  type HeartbeatPolicy,
  policyIfReadable,
  type RuntimeConfig,
  runtimeConfigSchema,
  storedRuntimeConfigSchema,
} from '@/server/domain/policy'
import { schedule } from '@/server/heartbeat/tick'
import { agentNews } from '@/server/live/statements'
import { crowdedHolder, mostEntries } from '@/server/secrets/references'
import { sealConfig } from '@/server/secrets/seal-config'
import { recordRevision } from './history'
import { type Agent, getAgent } from './queries'

export type NewAgent = {
  companyId: CompanyId
  name: string
  adapterType: string
  adapterConfig: Record<string, unknown>
  runtimeConfig?: unknown
  budgetMonthlyMicros?: number | null
}

/** Errors: `invalid_input` with the path of the field at fault; then nothing is stored. */
export async function createAgent(sql: RawSql, by: By, secretKey: Buffer, given: NewAgent): Promise<Agent> {
  const config = checkedConfig(given.adapterType, given.adapterConfig)
  const runtime = checkedRuntime(given.runtimeConfig)
  return await transaction(sql, async (tx) => {
    // Held against a pause of the company: the agent is there before it, and is stopped with the rest, or comes after.
    const [company] = await tx<
      { status: string }[]
    >`select status from companies where id = ${given.companyId} for share`
    if (company?.status === 'archived')
      throw new Failure('company.archived', 'The company is archived: it takes no new agents.')
    const id = randomUUID()
    const sealed = await sealConfig(tx, secretKey, { id, companyId: given.companyId }, config)
    await tx`
      insert into agents (id, company_id, name, adapter_type, adapter_config, runtime_config, budget_monthly_micros)
      values (${id}, ${given.companyId}, ${given.name}, ${given.adapterType}, ${json(sealed)}::text::jsonb,
        ${json(runtime)}::text::jsonb, ${given.budgetMonthlyMicros ?? null})`
    await tx`insert into agent_runtime_state (agent_id, company_id) values (${id}, ${given.companyId})`
    await schedule(tx, id)
    await recordRevision(tx, by, id)
    await recordActivity(tx, {
      companyId: given.companyId,
      by,
      action: 'agent.create',
      subject: { type: 'agent', id: id },
    })
    await tellAgent(tx, id)
    return await getAgent(tx, id)
  })
}

export type AgentChange = Partial<Omit<NewAgent, 'companyId'>>

/** Another adapter type drops the session; another timer begins anew. */
export async function updateAgent(
  sql: RawSql,
  by: By,
  secretKey: Buffer,
  agentId: string,
  change: AgentChange,
): Promise<Agent> {
  return await transaction(sql, async (tx) => {
    await tx`select from agents where id = ${agentId} for no key update`
    const before = await getAgent(tx, agentId)
    const adapterType = change.adapterType ?? before.adapterType
    const needsConfig = change.adapterType !== undefined || change.adapterConfig !== undefined
    const config = needsConfig
      ? await sealConfig(
          tx,
          secretKey,
          before,
          checkedConfig(adapterType, change.adapterConfig ?? before.adapterConfig),
        )
      : before.adapterConfig
    const runtime =
      change.runtimeConfig === undefined
        ? before.runtimeConfig
        : checkedRuntime(change.runtimeConfig, policyIfReadable(before.runtimeConfig))
    const budget = change.budgetMonthlyMicros === undefined ? before.budgetMonthlyMicros : change.budgetMonthlyMicros
    await tx`
      update agents set updated_at = now(), name = ${change.name ?? before.name}, adapter_type = ${adapterType},
        adapter_config = ${json(config)}::text::jsonb, runtime_config = ${json(runtime)}::text::jsonb,
        budget_monthly_micros = ${budget}
      where id = ${agentId}`
    if (adapterType !== before.adapterType) await dropSession(tx, agentId)
    if (timerOf(runtime) !== timerOf(before.runtimeConfig)) await schedule(tx, agentId)
    await recordRevision(tx, by, agentId)
    await recordActivity(tx, {
      companyId: before.companyId,
      by,
      action: 'agent.update',
      subject: { type: 'agent', id: agentId },
      details: { changed: Object.keys(change) },
    })
    await tellAgent(tx, agentId)
    return await getAgent(tx, agentId)
  })
}

/** A run under way keeps what it was given; what it brings back is not taken. */
export async function dropSession(tx: Tx, agentId: string): Promise<void> {
  await tx`
    update agent_runtime_state set session_id = null, session_version = session_version + 1, updated_at = now()
    where agent_id = ${agentId}`
}

export async function tellAgent(tx: Tx, agentId: string): Promise<void> {
  await tx`
    with a as (select * from agents where id = ${agentId})
    insert into live_events (company_id, type, payload) ${agentNews(tx, 'a')}`
}

export function checkedConfig(adapterType: string, adapterConfig: unknown): Record<string, unknown> {
  const adapter = adapterOf(adapterType)
  if (!adapter) {
    throw new Failure('invalid_input', `adapterType: must be one of ${Object.keys(adapters).join(', ')}`, 'adapterType')
  }
  const crowded = crowdedHolder(adapterConfig)
  if (crowded) {
    const path = `adapterConfig.${crowded}`
    throw new Failure('invalid_input', `${path}: must have at most ${mostEntries} entries`, path)
  }
  const parsed = adapter.config.safeParse(adapterConfig)
  if (!parsed.success) throw inputFailure(parsed.error, 'adapterConfig')
  return parsed.data as Record<string, unknown>
}

/** A cron that stays as it is may have ended since. */
function checkedRuntime(runtimeConfig: unknown, before: HeartbeatPolicy | null = null): RuntimeConfig {
  const given = policyIfReadable(runtimeConfig)
  const isKept = given !== null && given.cron === before?.cron && given.timezone === before?.timezone
  const parsed = (isKept ? storedRuntimeConfigSchema : runtimeConfigSchema).safeParse(runtimeConfig ?? {})
  if (!parsed.success) throw inputFailure(parsed.error, 'runtimeConfig')
  return parsed.data
}

function timerOf(runtime: RuntimeConfig): string | null {
  const policy = policyIfReadable(runtime)
  if (!policy) return null
  const { enabled, intervalSec, cron, timezone } = policy
  return JSON.stringify([enabled, intervalSec, cron, timezone])
}

function json(value: unknown): string {
  return JSON.stringify(value)
}
