import { eq } from 'drizzle-orm'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { agents } from '@/db/schema'
import { policyIfReadable } from '@/server/domain/policy'
import { hasTimer, isTimerKnown, nextFiring } from '@/server/domain/schedule'

/** After a success that ends a series of failures, the timer returns to its normal pace, without firing later than planned. */
export async function restoreTimerPace(tx: Tx, agentId: string): Promise<void> {
  const db = drizzleOn(tx)
  const { runtimeConfig, planned, at } = onlyRow(
    await db
      .select({ runtimeConfig: agents.runtimeConfig, planned: agents.nextHeartbeatAt, at: now() })
      .from(agents)
      .where(eq(agents.id, agentId)),
  )
  const policy = policyIfReadable(runtimeConfig)
  if (!policy || !planned || !hasTimer(policy) || !isTimerKnown(policy)) return
  const normal = nextFiring(policy, at, at, 0)
  if (normal && normal < planned) await db.update(agents).set({ nextHeartbeatAt: normal }).where(eq(agents.id, agentId))
}
