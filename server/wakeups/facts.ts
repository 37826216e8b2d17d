import type { Executor, Tx } from '@/db/client'
import { overBudget } from '@/server/costs/budget'
import type { AgentStatus, CompanyStatus } from '@/server/domain/agent-status'
import { notFound } from '@/server/domain/errors'
import { policyOf } from '@/server/domain/policy'
import type { Facts } from './decide'

type Row = {
  agentId: string
  companyId: string
  agentStatus: AgentStatus
  companyStatus: CompanyStatus
  runtimeConfig: unknown
  overBudget: boolean
  secondsSinceLastRun: number | null
  queuedRunId: string | null
  runningRunIds: string[] | null
}

/** What a run needs that starts where it is queued. */
export type StartFacts = {
  agentName: string
  companyName: string
  adapterType: string
  adapterConfig: Record<string, unknown>
  companyLimit: number | null
  runningSlots: number[] | null
  sessionId: string | null
  sessionVersion: number | null
}

/**
 * Locks the agent, then reads what the verdict needs in a second statement: its snapshot is taken after the lock was
 * granted, so it holds what the previous holder wrote, in the agent's rows and in its company's. Both are sent at once.
 */
export async function lockAndLoad(
  tx: Tx,
  agentId: string,
): Promise<{ companyId: string; facts: Facts; start: StartFacts }> {
  // Sent now: a query that is not awaited yet would go out after the next one, and read before it locks.
  const locked = tx`select from agents where id = ${agentId} for no key update`.execute()
  const [[row]] = await Promise.all([read<Row & StartFacts>(tx, [agentId], startColumns(tx)), locked])
  if (!row) throw notFound('agent')
  return { companyId: row.companyId, facts: factsOf(row), start: row }
}

/** The same for agents that the caller has locked in an earlier statement. */
export async function load(tx: Tx, agentIds: string[]): Promise<(Facts & { agentId: string; companyId: string })[]> {
  return (await read<Row>(tx, agentIds, tx``)).map((row) => ({ ...row, ...factsOf(row) }))
}

function factsOf(row: Row): Facts {
  return { ...row, policy: policyOf(row.runtimeConfig), runningRunIds: row.runningRunIds ?? [] }
}

function startColumns(tx: Tx): Fragment {
  return tx`, a.name as agent_name, c.name as company_name, a.adapter_type, a.adapter_config,
    c.max_concurrent_runs as company_limit,
    (select array_agg(slot) from heartbeat_runs r where r.agent_id = a.id and r.status = 'running') as running_slots,
    (select session_id from agent_runtime_state s where s.agent_id = a.id) as session_id,
    (select session_version from agent_runtime_state s where s.agent_id = a.id) as session_version`
}

type Fragment = ReturnType<Executor>

async function read<R extends Row>(tx: Tx, agentIds: string[], more: Fragment): Promise<R[]> {
  return await tx<R[]>`
    select a.id as agent_id, a.company_id, a.status as agent_status, c.status as company_status, a.runtime_config,
      ${overBudget(tx)} as over_budget,
      extract(epoch from now() - a.last_run_finished_at)::float8 as seconds_since_last_run,
      (select id from heartbeat_runs r where r.agent_id = a.id and r.status = 'queued') as queued_run_id,
      (select array_agg(id order by started_at desc, id)
        from heartbeat_runs r where r.agent_id = a.id and r.status = 'running') as running_run_ids
      ${more}
    from agents a join companies c on c.id = a.company_id
    where a.id = any(${agentIds})`
}
