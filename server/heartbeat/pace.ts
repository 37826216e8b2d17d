import type { Tx } from '@/db/client'
import { policyIfReadable } from '@/server/domain/policy'
import { hasTimer, isTimerKnown, nextFiring } from '@/server/domain/schedule'

/** After a success that ended a row of failures: the next firing comes at the normal pace again, never later than planned. */
export async function restoreTimerPace(tx: Tx, agentId: string): Promise<void> {
  const [agent] = await tx<[{ runtimeConfig: unknown; next: Date | null; now: Date }]>`
    select runtime_config, next_heartbeat_at as next, now() as now from agents where id = ${agentId}`
  const policy = policyIfReadable(agent.runtimeConfig)
  if (!policy || !agent.next || !hasTimer(policy) || !isTimerKnown(policy)) return
  const normal = nextFiring(policy, agent.now, agent.now, 0)
  if (normal && normal < agent.next) await tx`update agents set next_heartbeat_at = ${normal} where id = ${agentId}`
}
