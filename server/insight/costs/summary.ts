import { and, asc, countDistinct, desc, eq, gte, lt, type SQLWrapper, sum } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, ifElse, utcDay } from '@/db/expressions'
import { agents, costEvents } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'

export const costGroups = ['day', 'agent', 'model'] as const
export type CostGroup = (typeof costGroups)[number]

export type CostItem = {
  /** The UTC day (2026-11-22), the agent's id, or `provider/model`. */
  key: string
  label: string
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  /** The priced charges, including estimates. */
  costMicros: number
  estimatedMicros: number
  /** Runs that used tokens without a known price. */
  unpricedRuns: number
}

type CostQuery = { companyId: CompanyId; agentId?: string; since?: Date; until?: Date; groupBy: CostGroup }

/** The charges of a company, or of one of its agents, in a period: by day, oldest first, or by agent or model, most expensive first. */
export async function summarizeCosts(sql: Executor, query: CostQuery): Promise<{ items: CostItem[] }> {
  return { items: await costsBy[query.groupBy](sql, query) }
}

const mostItems = 1000

const costsBy = {
  async day(sql, query) {
    const day = utcDay(costEvents.occurredAt)
    return await drizzleOn(sql)
      .select({ key: day, label: day, ...totals })
      .from(costEvents)
      .where(isAskedFor(query))
      .groupBy(day)
      .orderBy(asc(day))
      .limit(mostItems)
  },
  async agent(sql, query) {
    return await drizzleOn(sql)
      .select({ key: agents.id, label: agents.name, ...totals })
      .from(costEvents)
      .innerJoin(agents, eq(agents.id, costEvents.agentId))
      .where(isAskedFor(query))
      .groupBy(agents.id, agents.name)
      .orderBy(desc(totals.costMicros), asc(agents.id))
      .limit(mostItems)
  },
  async model(sql, query) {
    const { provider, model } = costEvents
    const rows = await drizzleOn(sql)
      .select({ provider, model, totals })
      .from(costEvents)
      .where(isAskedFor(query))
      .groupBy(provider, model)
      .orderBy(desc(totals.costMicros), asc(provider), asc(model))
      .limit(mostItems)
    return rows.map((row) => ({ key: `${row.provider}/${row.model}`, label: row.model, ...row.totals }))
  },
} satisfies Record<CostGroup, (sql: Executor, query: CostQuery) => Promise<CostItem[]>>

function isAskedFor({ companyId, agentId, since, until }: CostQuery) {
  return and(
    eq(costEvents.companyId, companyId),
    agentId ? eq(costEvents.agentId, agentId) : undefined,
    since ? gte(costEvents.occurredAt, since) : undefined,
    until ? lt(costEvents.occurredAt, until) : undefined,
  )
}

const totals = {
  inputTokens: total(costEvents.inputTokens),
  outputTokens: total(costEvents.outputTokens),
  cachedInputTokens: total(costEvents.cachedInputTokens),
  costMicros: total(costEvents.costMicros),
  estimatedMicros: total(ifElse(eq(costEvents.pricing, 'estimated'), costEvents.costMicros, null)),
  unpricedRuns: countDistinct(ifElse(eq(costEvents.pricing, 'unpriced'), costEvents.runId, null)),
}

function total(amount: SQLWrapper) {
  return coalesce(sum(amount), 0).mapWith(Number)
}
