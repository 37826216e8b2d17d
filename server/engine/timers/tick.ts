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
const concurrentBatches = 4
const batchAgents = 25

type Due = { id: string; at: Date | null }

/**
 * Fires the timers that are due, in one transaction for several agents; if that fails, in one per agent, so that one agent's
 * error does not stop the others. Returns the number of wakeups. The cost grows with the number of due agents: the index
 * `agents_due` contains them in order.
 */
export async function tick(sql: RawSql, log: Log): Promise<number> {
  let fired = 0
  let after: Due | null = null
  for (;;) {
    const due: Due[] = await duePage(sql, after)
    const batches = Array.from({ length: Math.ceil(due.length / batchAgents) }, (_batch, n) =>
      due.slice(n * batchAgents, (n + 1) * batchAgents).map(({ id }) => id),
    )
    for (let n = 0; n < batches.length; n += concurrentBatches) {
      const made = await Promise.all(batches.slice(n, n + concurrentBatches).map((ids) => fireBatch(sql, ids, log)))
      fired += made.reduce((sum, count) => sum + count, 0)
    }
    const last = due.at(-1)
    if (due.length < pageSize || !last) return fired
    after = last
  }
}

/** A page begins after the last agent of the previous one: agents whose timers cannot fire do not block those behind them. */
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

async function fireBatch(sql: RawSql, agentIds: string[], log: Log): Promise<number> {
  try {
    return await transaction(sql, (tx) => fire(tx, agentIds))
  } catch (err) {
    if (agentIds.length > 1) return await fireOneByOne(sql, agentIds, log)
    log.error({ err, agentId: agentIds[0] }, 'a timer could not fire')
    if (isDataError(err)) await postpone(sql, agentIds, log)
    return 0
  }
}

/** A timer whose stored configuration prevents firing is retried rarely, until a change of the configuration reschedules it. */
async function postpone(sql: RawSql, agentIds: string[], log: Log): Promise<void> {
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
    log.error({ err, agentIds }, 'a timer could not be postponed')
  }
}

async function fireOneByOne(sql: RawSql, agentIds: string[], log: Log): Promise<number> {
  let fired = 0
  for (const id of agentIds) fired += await fireBatch(sql, [id], log)
  return fired
}

/** Advances timers and requests their wakeups, except those that another server has locked or fired. Returns the number of wakeups. */
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
