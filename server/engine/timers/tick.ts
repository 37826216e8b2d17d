import { and, asc, eq, inArray, lte } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { isDataError } from '@/db/errors'
import { equalsAny, millisecondsFromNow, now, rowAfter } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { agents, companies } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { policyOf } from '@/server/domain/policy'
import { firstFiring, hasTimer, isTimerKnown, longestBackOffMs, nextFiring } from '@/server/domain/schedule'
import { requestByTimerIn } from '@/server/engine/wakeups/request'
import type { Log } from '@/server/platform/logger'

const pageSize = 500
const atOnce = 4
const together = 25

type Due = { id: string; at: Date | null }

/**
 * Fires the timers that are due, those of several agents in one transaction; when that fails, each in its own, so that
 * one agent's fault stops no other. Returns the number of wakeups made. The cost grows with the number of due agents:
 * `agents_due` holds them in order.
 */
export async function tick(sql: RawSql, log: Log): Promise<number> {
  let fired = 0
  let after: Due | null = null
  for (;;) {
    const due: Due[] = await duePage(sql, after)
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

/** A page begins after the last agent of the one before: agents that cannot be fired do not hold up those behind them. */
function duePage(sql: RawSql, after: Due | null) {
  return drizzleOn(sql)
    .select({ id: agents.id, at: agents.nextHeartbeatAt })
    .from(agents)
    .where(and(isDue(), after ? rowAfter([agents.nextHeartbeatAt, agents.id], [after.at, after.id]) : undefined))
    .orderBy(asc(agents.nextHeartbeatAt), asc(agents.id))
    .limit(pageSize)
}

/** The statuses are literals, as in the index `agents_due`: a plan for unknown parameters could not use it. */
function isDue() {
  const isAwake = inArray(agents.status, ['idle', 'running', 'error']).inlineParams()
  return and(isAwake, lte(agents.nextHeartbeatAt, now()))
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

/** An agent whose stored configuration prevents a firing is tried rarely until a change of it sets the timer anew. */
async function putOff(sql: RawSql, agentIds: string[], log: Log): Promise<void> {
  const db = drizzleOn(sql)
  const stillDue = db
    .select({ id: agents.id })
    .from(agents)
    .where(and(equalsAny(agents.id, agentIds), lte(agents.nextHeartbeatAt, now())))
    .for('no key update', { skipLocked: true })
  try {
    await db
      .update(agents)
      .set({ nextHeartbeatAt: millisecondsFromNow(longestBackOffMs) })
      .where(inArray(agents.id, stillDue))
  } catch (err) {
    log.error({ err, agentIds }, 'a timer could not be put off')
  }
}

async function fireOneByOne(sql: RawSql, agentIds: string[], log: Log): Promise<number> {
  let fired = 0
  for (const id of agentIds) fired += await fireTogether(sql, [id], log)
  return fired
}

/** Advances timers and makes their wakeups, except those that another server holds or has done. Returns their number. */
async function fire(tx: Tx, agentIds: string[]): Promise<number> {
  const due = await lockDue(tx, agentIds)
  if (due.length === 0) return 0
  const moves = due.map(({ id, runtimeConfig, slot, at, failuresInARow, companyStatus }) => {
    const policy = policyOf(runtimeConfig)
    const next = nextFiring(policy, slot ?? at, at, failuresInARow)
    return { id, next, fires: hasTimer(policy) && companyStatus === 'active' }
  })
  const firing = moves.filter(({ fires }) => fires).map(({ id }) => id)
  const moved = tx`
    update agents a set next_heartbeat_at = m.next
    from jsonb_to_recordset(${JSON.stringify(moves)}::text::jsonb) as m(id uuid, next timestamptz)
    where a.id = m.id`.execute()
  await Promise.all([moved, firing.length > 0 && requestByTimerIn(tx, firing)])
  return firing.length
}

function lockDue(tx: Tx, agentIds: string[]) {
  return drizzleOn(tx)
    .select({
      id: agents.id,
      runtimeConfig: agents.runtimeConfig,
      slot: agents.nextHeartbeatAt,
      at: now(),
      failuresInARow: agents.failuresInARow,
      companyStatus: companies.status,
    })
    .from(agents)
    .innerJoin(companies, eq(companies.id, agents.companyId))
    .where(and(equalsAny(agents.id, agentIds), isDue()))
    .for('no key update', { of: agents, skipLocked: true })
}

/** Sets the timer of an agent that is new, changed, or resumed. */
export async function schedule(tx: Tx, agentId: string): Promise<void> {
  const db = drizzleOn(tx)
  const agent = onlyRow(
    await db.select({ runtimeConfig: agents.runtimeConfig, at: now() }).from(agents).where(eq(agents.id, agentId)),
  )
  const policy = policyOf(agent.runtimeConfig)
  // A time zone that this machine does not know is looked up again later, here or on a server that knows it.
  const next = isTimerKnown(policy)
    ? firstFiring(policy, agent.at, Math.random)
    : new Date(agent.at.getTime() + longestBackOffMs)
  await db.update(agents).set({ nextHeartbeatAt: next }).where(eq(agents.id, agentId))
}
