import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import type { AgentStatus, PauseRuns } from '@/server/domain/agent-status'
import { Failure } from '@/server/domain/errors'
import { storableText } from '@/server/domain/storable'
import { schedule } from '@/server/heartbeat/tick'
import { cancelOfAgents } from '@/server/runs/cancel'
import { type Agent, getAgent } from './queries'
import { dropSession, tellAgent } from './write'

/**
 * Keeps the agent from being woken until it is resumed, and cancels its runs or lets them `finish`. It has at most one
 * queued run and a hundred running ones: they are cancelled with the status.
 */
export async function pauseAgent(
  sql: RawSql,
  by: By,
  agentId: string,
  { reason, runs = 'cancel' }: { reason?: string; runs?: PauseRuns } = {},
): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.pause', details: { runs } }, async (tx, before) => {
    refuseTerminated(before.status)
    await setStatus(tx, agentId, 'paused', reason)
    if (runs === 'cancel') await cancelOfAgents(tx, [agentId], reason ?? 'The agent was paused.')
  })
}

/** Its timer begins at the next slot; an agent that is not paused stays as it is. */
export async function resumeAgent(sql: RawSql, by: By, agentId: string): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.resume' }, async (tx, before) => {
    refuseTerminated(before.status)
    if (before.status !== 'paused') return
    const [run] = await tx`select from heartbeat_runs where agent_id = ${agentId} and status = 'running'`
    await setStatus(tx, agentId, run ? 'running' : 'idle')
    await schedule(tx, agentId)
  })
}

/** For good. */
export async function terminateAgent(sql: RawSql, by: By, agentId: string, reason?: string): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.terminate' }, async (tx) => {
    await setStatus(tx, agentId, 'terminated', reason)
    await tx`update agents set next_heartbeat_at = null where id = ${agentId}`
    await cancelOfAgents(tx, [agentId], reason ?? 'The agent was terminated.')
  })
}

export async function resetSession(sql: RawSql, by: By, agentId: string): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.resetSession' }, (tx) => dropSession(tx, agentId))
}

async function change(
  sql: RawSql,
  by: By,
  { agentId, ...what }: { agentId: string; action: string; details?: Record<string, unknown> },
  work: (tx: Tx, before: Agent) => Promise<void>,
): Promise<Agent> {
  return await transaction(sql, async (tx) => {
    await tx`select from agents where id = ${agentId} for no key update`
    const before = await getAgent(tx, agentId)
    await work(tx, before)
    await recordActivity(tx, { companyId: before.companyId, by, ...what, subject: { type: 'agent', id: agentId } })
    await tellAgent(tx, agentId)
    return await getAgent(tx, agentId)
  })
}

async function setStatus(tx: Tx, agentId: string, status: AgentStatus, reason?: string): Promise<void> {
  const said = reason === undefined ? null : storableText(reason)
  await tx`
    update agents set status = ${status}, status_reason = ${said}, updated_at = now() where id = ${agentId}`
}

function refuseTerminated(status: AgentStatus): void {
  if (status === 'terminated') throw new Failure('illegal_status', 'A terminated agent stays terminated.')
}
