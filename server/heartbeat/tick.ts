import type { RawSql, Tx } from '@/db/client'
import { policyOf } from '@/server/domain/policy'
import { firstFiring, nextFiring } from '@/server/domain/schedule'
import type { Log } from '@/server/logger'
import { requestByTimerIn } from '@/server/wakeups/request'

const pageSize = 500
const atOnce = 4

/**
 * Fires what is due: each agent in a transaction of its own, so that one agent's fault stops no other. Answers how many
 * wakeups were made. The cost grows with the agents due: `agents_due` holds them in order.
 */
export async function tick(sql: RawSql, log: Log): Promise<number> {
  let fired = 0
  let after: { at: Date; id: string } | null = null
  for (;;) {
    const due: { id: string; at: Date }[] = await duePage(sql, after)
    for (let i = 0; i < due.length; i += atOnce) {
      const made = await Promise.all(due.slice(i, i + atOnce).map(({ id }) => fireSafely(sql, id, log)))
      fired += made.filter(Boolean).length
    }
    const last = due.at(-1)
    if (due.length < pageSize || !last) return fired
    after = last
  }
}

/** By key, not by what is left: an agent that can not be fired does not hold up the page behind it. */
function duePage(sql: RawSql, after: { at: Date; id: string } | null) {
  return sql<{ id: string; at: Date }[]>`
    select id, next_heartbeat_at as at from agents
    where status in ('idle', 'running', 'error') and next_heartbeat_at <= now()
      ${after ? sql`and (next_heartbeat_at, id) > (${after.at}, ${after.id})` : sql``}
    order by next_heartbeat_at, id limit ${pageSize}`
}

async function fireSafely(sql: RawSql, agentId: string, log: Log): Promise<boolean> {
  try {
    return await sql.begin((tx) => fire(tx, agentId))
  } catch (err) {
    log.error({ err, agentId }, 'a timer could not fire')
    return false
  }
}

type Due = { runtimeConfig: unknown; slot: Date; now: Date; failuresInARow: number; companyActive: boolean }

/** Moves the timer on and makes the wakeup, unless another server is at it or has done it. */
async function fire(tx: Tx, agentId: string): Promise<boolean> {
  const [agent] = await tx<Due[]>`
    select a.runtime_config, a.next_heartbeat_at as slot, now() as now, a.failures_in_a_row,
      c.status = 'active' as company_active
    from agents a join companies c on c.id = a.company_id
    where a.id = ${agentId} and a.status in ('idle', 'running', 'error') and a.next_heartbeat_at <= now()
    for no key update of a skip locked`
  if (!agent) return false
  const policy = policyOf(agent.runtimeConfig)
  const next = nextFiring(policy, agent.slot, agent.now, agent.failuresInARow)
  const moved = tx`update agents set next_heartbeat_at = ${next} where id = ${agentId}`.execute()
  if (!next || !agent.companyActive) {
    await moved
    return false
  }
  await Promise.all([moved, requestByTimerIn(tx, agentId)])
  return true
}

/** Sets the timer of an agent that is new, changed, or resumed. */
export async function schedule(tx: Tx, agentId: string): Promise<void> {
  const [agent] = await tx<[{ runtimeConfig: unknown; now: Date }]>`
    select runtime_config, now() as now from agents where id = ${agentId}`
  const next = firstFiring(policyOf(agent.runtimeConfig), agent.now, Math.random)
  await tx`update agents set next_heartbeat_at = ${next} where id = ${agentId}`
}
