import { and, asc, desc, eq, gt, gte, ne } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { firstCharacters, millisecondsAgo, ratio } from '@/db/expressions'
import { agentRuntimeState, agentSpend, agents, heartbeatRuns, runSilences, servers } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import { currentMonth } from '@/server/engine/charges/budget'
import { companyBudget } from './budget'

type OfAgent = { agentId: string; agentName: string }

/** What somebody should look at first. */
export type Attention =
  | (OfAgent & { kind: 'agent_failing'; failuresInARow: number; error: string | null; runId: string | null })
  | (OfAgent & { kind: 'run_silent'; runId: string; lastOutputAt: Date })
  | (OfAgent & { kind: 'agent_budget'; spentMicros: number; budgetMicros: number })
  | { kind: 'company_budget'; spentMicros: number; budgetMicros: number }
  | { kind: 'server_lost'; host: string; lostAt: Date; serverId: string }

const perKind = 5
const nearShare = 0.8
const lostWithinMs = 3_600_000
const errorCharacters = 300

/** At most five of each kind; `more` counts the failing agents beyond those. */
export async function attention(sql: Executor, companyId: CompanyId): Promise<{ items: Attention[]; more: number }> {
  const [company, lost, silent, budgets, failing, failingCount] = await Promise.all([
    nearCompanyBudget(sql, companyId),
    lostServers(sql),
    silentRuns(sql, companyId),
    nearAgentBudgets(sql, companyId),
    failingAgents(sql, companyId),
    drizzleOn(sql).$count(agents, isFailing(companyId)),
  ])
  const items = [...lost, ...company, ...failing, ...silent, ...budgets]
  return { items, more: Math.max(0, failingCount - failing.length) }
}

/** A budget of 0 is always spent. */
async function nearCompanyBudget(sql: Executor, companyId: CompanyId): Promise<Attention[]> {
  const { spentMicros, budgetMicros } = await companyBudget(sql, companyId)
  const isNear = budgetMicros !== null && spentMicros >= budgetMicros * nearShare
  return isNear ? [{ kind: 'company_budget', spentMicros, budgetMicros }] : []
}

/** Servers belong to no company: a lost one concerns all of them. */
async function lostServers(sql: Executor): Promise<Attention[]> {
  const { id: serverId, host, endedAt } = servers
  const rows = await drizzleOn(sql)
    .select({ serverId, host, endedAt })
    .from(servers)
    .where(and(eq(servers.lost, true), gt(endedAt, millisecondsAgo(lostWithinMs))))
    .orderBy(desc(endedAt))
    .limit(perKind)
  return rows.flatMap(({ endedAt: lostAt, ...server }) => (lostAt ? [{ kind: 'server_lost', ...server, lostAt }] : []))
}

async function silentRuns(sql: Executor, companyId: CompanyId): Promise<Attention[]> {
  const { runId, agentId, lastOutputAt } = runSilences
  const rows = await drizzleOn(sql)
    .select({ runId, agentId, agentName: agents.name, lastOutputAt })
    .from(runSilences)
    .innerJoin(heartbeatRuns, eq(heartbeatRuns.id, runId))
    .innerJoin(agents, eq(agents.id, agentId))
    .where(and(eq(runSilences.companyId, companyId), eq(heartbeatRuns.status, 'running')))
    .orderBy(asc(lastOutputAt))
    .limit(perKind)
  return rows.map((run) => ({ kind: 'run_silent', ...run }))
}

/** The agents that have spent most of their budget. One with a budget of 0 is not among them. */
async function nearAgentBudgets(sql: Executor, companyId: CompanyId): Promise<Attention[]> {
  const spentShare = ratio(agentSpend.costMicros, agents.budgetMonthlyMicros)
  const rows = await drizzleOn(sql)
    .select({
      agentId: agents.id,
      agentName: agents.name,
      spentMicros: agentSpend.costMicros,
      budgetMicros: agents.budgetMonthlyMicros,
    })
    .from(agents)
    .innerJoin(agentSpend, and(eq(agentSpend.agentId, agents.id), eq(agentSpend.month, currentMonth())))
    .where(
      and(
        eq(agents.companyId, companyId),
        ne(agents.status, 'terminated'),
        gt(agents.budgetMonthlyMicros, 0),
        gte(spentShare, nearShare),
      ),
    )
    .orderBy(desc(spentShare), asc(agents.id))
    .limit(perKind)
  return rows.flatMap(({ budgetMicros, ...agent }) =>
    budgetMicros === null ? [] : [{ kind: 'agent_budget', ...agent, budgetMicros }],
  )
}

async function failingAgents(sql: Executor, companyId: CompanyId): Promise<Attention[]> {
  const db = drizzleOn(sql)
  const { id, name, failuresInARow } = agents
  const failing = db
    .select({ id, name, failuresInARow })
    .from(agents)
    .where(isFailing(companyId))
    .orderBy(desc(failuresInARow), asc(id))
    .limit(perKind)
    .as('failing')
  const rows = await db
    .select({
      agentId: failing.id,
      agentName: failing.name,
      failuresInARow: failing.failuresInARow,
      error: firstCharacters(agentRuntimeState.lastError, errorCharacters),
      runId: agentRuntimeState.lastRunId,
    })
    .from(failing)
    .leftJoin(agentRuntimeState, eq(agentRuntimeState.agentId, failing.id))
    .orderBy(desc(failing.failuresInARow), asc(failing.id))
  return rows.map((agent) => ({ kind: 'agent_failing', ...agent }))
}

function isFailing(companyId: CompanyId) {
  return and(eq(agents.companyId, companyId), eq(agents.status, 'error'))
}
