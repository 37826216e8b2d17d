import type { Executor } from '@/db/client'
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
  /** What was priced, estimates among it. */
  costMicros: number
  estimatedMicros: number
  /** Runs that used tokens without a price: not free, but unknown. */
  unpricedRuns: number
}

/** The charges of a company, or of one agent of it, in a span of time, by day (oldest first), or by agent or model (dearest first). */
export async function summarizeCosts(
  sql: Executor,
  query: { companyId: CompanyId; agentId?: string; since?: Date; until?: Date; groupBy: CostGroup },
): Promise<{ items: CostItem[] }> {
  const { key, label, order, join } = grouping(sql, query.groupBy)
  const items = await sql<CostItem[]>`
    select ${key} as key, ${label} as label, sum(e.input_tokens)::float8 as input_tokens,
      sum(e.output_tokens)::float8 as output_tokens, sum(e.cached_input_tokens)::float8 as cached_input_tokens,
      coalesce(sum(e.cost_micros), 0)::float8 as cost_micros,
      coalesce(sum(e.cost_micros) filter (where e.pricing = 'estimated'), 0)::float8 as estimated_micros,
      count(distinct e.run_id) filter (where e.pricing = 'unpriced')::int as unpriced_runs
    from cost_events e ${join}
    where e.company_id = ${query.companyId}
      ${query.agentId ? sql`and e.agent_id = ${query.agentId}` : sql``}
      ${query.since ? sql`and e.occurred_at >= ${query.since}` : sql``}
      ${query.until ? sql`and e.occurred_at < ${query.until}` : sql``}
    group by 1, 2 order by ${order} limit 1000`
  return { items }
}

function grouping(sql: Executor, groupBy: CostGroup) {
  switch (groupBy) {
    case 'day': {
      const day = sql`to_char(e.occurred_at at time zone 'utc', 'YYYY-MM-DD')`
      return { key: day, label: day, order: sql`1`, join: sql`` }
    }
    case 'agent':
      return {
        key: sql`a.id::text`,
        label: sql`a.name`,
        order: sql`cost_micros desc, 1`,
        join: sql`join agents a on a.id = e.agent_id`,
      }
    case 'model':
      return {
        key: sql`e.provider || '/' || e.model`,
        label: sql`e.model`,
        order: sql`cost_micros desc, 1`,
        join: sql``,
      }
  }
}
