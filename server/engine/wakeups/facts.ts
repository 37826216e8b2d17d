import type { Tx } from '@/db/client'
import type { agents, companies } from '@/db/schema'
import { notFound } from '@/server/domain/errors'
import { policyOf } from '@/server/domain/policy'
import { overBudget } from '@/server/engine/charges/budget'
import { queueBounds } from '@/server/engine/runs/context'
import type { Facts } from './decide'

type Agent = typeof agents.$inferSelect
type Row = Omit<Facts, 'policy' | 'runningRunIds'> &
  Pick<Agent, 'companyId' | 'runtimeConfig'> & {
    agentId: Agent['id']
    agentStatus: Agent['status']
    companyStatus: (typeof companies.$inferSelect)['status']
    runningRunIds: string[] | null
  }

/**
 * Locks the agent, then reads the facts in a second statement: its snapshot is taken after the lock was granted, so it
 * contains what the previous holder of the lock wrote. Both statements are sent at once.
 */
export async function lockAndLoad(tx: Tx, agentId: string): Promise<{ companyId: string; facts: Facts }> {
  // Sent now: a query that is not awaited yet would be sent after the next one, and lock too late.
  const locked = tx`select from agents where id = ${agentId} for no key update`.execute()
  const [[row]] = await Promise.all([read(tx, [agentId]), locked])
  if (!row) throw notFound('agent')
  return { companyId: row.companyId, facts: factsOf(row) }
}

/** The same for agents that the caller has locked in an earlier statement. */
export async function load(tx: Tx, agentIds: string[]): Promise<(Facts & { agentId: string; companyId: string })[]> {
  return (await read(tx, agentIds)).map((row) => ({ ...row, ...factsOf(row) }))
}

function factsOf(row: Row): Facts {
  return { ...row, policy: policyOf(row.runtimeConfig), runningRunIds: row.runningRunIds ?? [] }
}

async function read(tx: Tx, agentIds: string[]): Promise<Row[]> {
  return await tx<Row[]>`
    select agent.id as agent_id, agent.company_id, agent.status as agent_status, company.status as company_status,
      agent.runtime_config,
      ${overBudget(tx)} as over_budget,
      extract(epoch from now() - agent.last_run_finished_at)::float8 as seconds_since_last_run,
      (select jsonb_build_object('id', id, 'isFull',
          wakeup_count >= ${queueBounds.wakeups} or wakeup_bytes >= ${queueBounds.bytes})
        from heartbeat_runs where agent_id = agent.id and status = 'queued') as queued_run,
      (select array_agg(id order by started_at desc, id)
        from heartbeat_runs where agent_id = agent.id and status = 'running') as running_run_ids
    from agents agent join companies company on company.id = agent.company_id
    where agent.id = any(${agentIds})`
}
