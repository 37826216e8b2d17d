import type { RawSql, Tx } from '@/db/client'
import { isDataError } from '@/db/errors'
import { transaction } from '@/db/transaction'
import { policyOf } from '@/server/domain/policy'
import { firstFiring, hasTimer, isTimerKnown, longestBackOffMs, nextFiring } from '@/server/domain/schedule'
import type { Log } from '@/server/logger'
import { requestByTimerIn } from '@/server/wakeups/request'

const pageSize = 500
const atOnce = 4
const together = 25

/**
 * Fires what is due, some agents in one transaction; where that fails, each in its own, so that one agent's fault stops no
 * other. Answers how many wakeups were made. The cost grows with the agents due: `agents_due` holds them in order.
 */
export async function tick(sql: RawSql, log: Log): Promise<number> {
  let fired = 0
  let after: { at: Date; id: string } | null = null
  for (;;) {
    const due: { id: string; at: Date }[] = await duePage(sql, after)
    const batches = Array.from({ length: Math.ceil(due.length / together) }, (_batch, n) =>
      due.slice(n * together, (n + 1) * together).map(({ id }) => id),
    )
    for (let n = 0; n < batches.length; n += atOnce) {
      const made = await Promise.all(batches.slice(n, n + atOnce).map((ids) => fireTogether(sql, ids, log)))
      fired += made.reduce((sum, count) => sum + count, 0)
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

async function fireTogether(sql: RawSql, agentIds: string[], log: Log): Promise<number> {
  try {
    return await transaction(sql, (tx) => fire(tx, agentIds))
  } catch (err) {
    if (agentIds.length > 1) return await fireOneByOne(sql, agentIds, log)
    log.error({ err, agentId: agentIds[0] }, 'a timer could not fire')
    if (isDataError(err)) await putOff(sql, agentIds, log)
    return 0
  }
}

/** What is stored of the agent keeps it from being fired: until that is changed, which sets its timer, it is tried rarely. */
async function putOff(sql: RawSql, agentIds: string[], log: Log): Promise<void> {
  try {
    await sql`
      update agents set next_heartbeat_at = now() + ${longestBackOffMs} * interval '1 millisecond'
      where id in (select id from agents where id = any(${agentIds}) and next_heartbeat_at <= now()
        for no key update skip locked)`
  } catch (err) {
    log.error({ err, agentIds }, 'a timer could not be put off')
  }
}

async function fireOneByOne(sql: RawSql, agentIds: string[], log: Log): Promise<number> {
  let fired = 0
  for (const id of agentIds) fired += await fireTogether(sql, [id], log)
  return fired
}

type Due = { id: string; runtimeConfig: unknown; slot: Date; now: Date; failuresInARow: number; companyActive: boolean }

/** Moves timers on and makes their wakeups, but of those that another server is at or has done. Answers how many. */
async function fire(tx: Tx, agentIds: string[]): Promise<number> {
  const due = await tx<Due[]>`
    select a.id, a.runtime_config, a.next_heartbeat_at as slot, now() as now, a.failures_in_a_row,
      c.status = 'active' as company_active
    from agents a join companies c on c.id = a.company_id
    where a.id = any(${agentIds}) and a.status in ('idle', 'running', 'error') and a.next_heartbeat_at <= now()
    for no key update of a skip locked`
  if (due.length === 0) return 0
  const moves = due.map(({ id, runtimeConfig, slot, now, failuresInARow, companyActive }) => {
    const policy = policyOf(runtimeConfig)
    return { id, next: nextFiring(policy, slot, now, failuresInARow), fires: hasTimer(policy) && companyActive }
  })
  const firing = moves.filter(({ fires }) => fires).map(({ id }) => id)
  const moved = tx`
    update agents a set next_heartbeat_at = m.next
    from jsonb_to_recordset(${JSON.stringify(moves)}::text::jsonb) as m(id uuid, next timestamptz)
    where a.id = m.id`.execute()
  await Promise.all([moved, firing.length > 0 && requestByTimerIn(tx, firing)])
  return firing.length
}

/** Sets the timer of an agent that is new, changed, or resumed. */
export async function schedule(tx: Tx, agentId: string): Promise<void> {
  const [agent] = await tx<[{ runtimeConfig: unknown; now: Date }]>`
    select runtime_config, now() as now from agents where id = ${agentId}`
  const policy = policyOf(agent.runtimeConfig)
  // Where this machine does not know the time zone, it is looked at again, here or on a server that does.
  const next = isTimerKnown(policy)
    ? firstFiring(policy, agent.now, Math.random)
    : new Date(agent.now.getTime() + longestBackOffMs)
  await tx`update agents set next_heartbeat_at = ${next} where id = ${agentId}`
}
