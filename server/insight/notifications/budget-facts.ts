import { and, eq, gt, gte, ne, notExists, type SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, ifElse, joinedText, times } from '@/db/expressions'
import { agentSpend, agents, companies, companySpend, notificationRules, notifications } from '@/db/schema'
import { formatMicros } from '@/server/domain/money'
import { ruleDefaults } from '@/server/domain/notification'
import { currentMonth } from '@/server/engine/charges/budget'
import type { Fact } from './facts'

/** The budgets that are spent in part or in whole, except those whose notification exists. */
export async function factsOfBudgets(sql: Executor): Promise<Fact[]> {
  const spends: Spend[] = [...(await spendsOfCompanies(sql)), ...(await spendsOfAgents(sql))]
  return spends.map(factOfSpend)
}

type Spend = {
  companyId: string
  agentId: string | null
  name: string
  spent: number
  budget: number | null
  dedupeKey: string
}

async function spendsOfCompanies(sql: Executor): Promise<Spend[]> {
  const { id, name, status, budgetMonthlyMicros: budget } = companies
  const { costMicros: spent, month } = companySpend
  const dedupeKey = keyOf(spent, budget, 'company', month)
  const rows = await drizzleOn(sql)
    .select({ companyId: id, name, spent, budget, dedupeKey })
    .from(companies)
    .innerJoin(companySpend, and(eq(companySpend.companyId, id), eq(month, currentMonth())))
    .leftJoin(notificationRules, isRuleOf(id))
    .where(and(gt(budget, 0), ne(status, 'archived'), isNear(spent, budget), isNotNotified(sql, id, dedupeKey)))
  return rows.map((row) => ({ ...row, agentId: null }))
}

async function spendsOfAgents(sql: Executor): Promise<Spend[]> {
  const { id, companyId, name, status, budgetMonthlyMicros: budget } = agents
  const { costMicros: spent, month } = agentSpend
  const dedupeKey = keyOf(spent, budget, id, month)
  return await drizzleOn(sql)
    .select({ companyId, agentId: id, name, spent, budget, dedupeKey })
    .from(agents)
    .innerJoin(agentSpend, and(eq(agentSpend.agentId, id), eq(month, currentMonth())))
    .leftJoin(notificationRules, isRuleOf(companyId))
    .where(
      and(gt(budget, 0), ne(status, 'terminated'), isNear(spent, budget), isNotNotified(sql, companyId, dedupeKey)),
    )
}

function isRuleOf(company: AnyPgColumn) {
  const { companyId, kind } = notificationRules
  return and(eq(companyId, company), eq(kind, 'budget_near'))
}

/** Whether the percentage of the company's rule has been reached. */
function isNear(spent: AnyPgColumn, budget: AnyPgColumn) {
  const percent = coalesce(notificationRules.threshold, ruleDefaults.budget_near.threshold.default)
  return gte(times(spent, 100), times(budget, percent))
}

/** The key contains the budget, so a raised budget can be notified again. */
function keyOf(spent: AnyPgColumn, budget: AnyPgColumn, whose: AnyPgColumn | 'company', month: AnyPgColumn) {
  const kind = ifElse(gte(spent, budget), 'budget_spent', 'budget_near')
  return joinedText(':', kind, whose, month, budget)
}

function isNotNotified(sql: Executor, companyId: AnyPgColumn, dedupeKey: SQL) {
  const existing = drizzleOn(sql)
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(eq(notifications.companyId, companyId), eq(notifications.dedupeKey, dedupeKey)))
  return notExists(existing)
}

function factOfSpend({ companyId, agentId, name, spent, budget, dedupeKey }: Spend): Fact {
  const limit = budget ?? 0
  const isSpent = spent >= limit
  const percent = Math.floor((100 * spent) / limit)
  const amounts = `${formatMicros(spent)} of ${formatMicros(limit)} this month.`
  return {
    companyId,
    kind: isSpent ? 'budget_spent' : 'budget_near',
    measure: isSpent ? null : percent,
    dedupeKey,
    title: isSpent ? `The budget of ${name} is spent` : `${percent} % of the budget of ${name} is spent`,
    message: isSpent ? `${amounts} Its agents are not woken until it is raised or the month ends.` : amounts,
    agentId,
    runId: null,
  }
}
