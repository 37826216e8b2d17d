import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { liveEvents } from '@/db/schema'
import type { LivePayload } from '@/server/domain/live-event'
import type { Agent } from './queries'

/** Publishes the live event of an agent that the transaction has created or changed. */
export async function publishAgent(tx: Tx, agent: Agent): Promise<void> {
  const payload: LivePayload<'agent.status'> = {
    agentId: agent.id,
    status: agent.status,
    lastHeartbeatAt: agent.lastHeartbeatAt?.toISOString() ?? null,
    nextHeartbeatAt: agent.nextHeartbeatAt?.toISOString() ?? null,
    timerEnded: agent.timerEnded,
  }
  await drizzleOn(tx).insert(liveEvents).values({ companyId: agent.companyId, type: 'agent.status', payload })
}
