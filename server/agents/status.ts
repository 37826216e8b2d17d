import { and, eq } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { agents, heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { Activity } from '@/server/domain/activity'
import type { AgentStatus, PauseRuns } from '@/server/domain/agent-status'
import { ApiError } from '@/server/domain/errors'
import { storableText } from '@/server/domain/storable'
import { cancelOfAgents } from '@/server/engine/runs/cancel'
import { schedule } from '@/server/engine/timers/tick'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { publishAgent } from './publish'
import { type Agent, getAgent } from './queries'
import { dropSession, lockAgent } from './write'

/**
 * Keeps the agent from being woken until it is resumed, and cancels its runs or lets them `finish`. An agent has at most
 * one queued run and a hundred running ones, so they are cancelled in the transaction that sets the status.
 */
export async function pauseAgent(
  sql: RawSql,
  by: AuditActor,
  agentId: string,
  { reason, runs = 'cancel' }: { reason?: string; runs?: PauseRuns } = {},
): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.pause', details: { runs } }, async (tx, before) => {
    refuseTerminated(before.status)
    await setStatus(tx, agentId, 'paused', reason)
    if (runs === 'cancel') await cancelOfAgents(tx, [agentId], reason ?? 'The agent was paused.')
  })
}

/** The timer fires next at its next slot. An agent that is not paused stays as it is. */
export async function resumeAgent(sql: RawSql, by: AuditActor, agentId: string): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.resume' }, async (tx, before) => {
    refuseTerminated(before.status)
    if (before.status !== 'paused') return
    const running = and(eq(heartbeatRuns.agentId, agentId), eq(heartbeatRuns.status, 'running').inlineParams())
    await setStatus(tx, agentId, (await drizzleOn(tx).$count(heartbeatRuns, running)) > 0 ? 'running' : 'idle')
    await schedule(tx, agentId)
  })
}

/** A terminated agent stays terminated. */
export async function terminateAgent(sql: RawSql, by: AuditActor, agentId: string, reason?: string): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.terminate' }, async (tx) => {
    await setStatus(tx, agentId, 'terminated', reason)
    await drizzleOn(tx).update(agents).set({ nextHeartbeatAt: null }).where(eq(agents.id, agentId))
    await cancelOfAgents(tx, [agentId], reason ?? 'The agent was terminated.')
  })
}

export async function resetSession(sql: RawSql, by: AuditActor, agentId: string): Promise<Agent> {
  return await change(sql, by, { agentId, action: 'agent.resetSession' }, (tx) => dropSession(tx, agentId))
}

async function change(
  sql: RawSql,
  by: AuditActor,
  { agentId, ...activity }: { agentId: string } & Activity,
  work: (tx: Tx, before: Agent) => Promise<void>,
): Promise<Agent> {
  return await transaction(sql, async (tx) => {
    const before = await lockAgent(tx, agentId)
    await work(tx, before)
    await recordActivity(tx, { companyId: before.companyId, by, ...activity, subject: { type: 'agent', id: agentId } })
    const agent = await getAgent(tx, agentId)
    await publishAgent(tx, agent)
    return agent
  })
}

async function setStatus(tx: Tx, agentId: string, status: AgentStatus, reason?: string): Promise<void> {
  const statusReason = reason === undefined ? null : storableText(reason)
  await drizzleOn(tx).update(agents).set({ status, statusReason, updatedAt: now() }).where(eq(agents.id, agentId))
}

function refuseTerminated(status: AgentStatus): void {
  if (status === 'terminated') throw new ApiError('illegal_status', 'A terminated agent stays terminated.')
}
