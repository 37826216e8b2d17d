import { sql as expression } from 'drizzle-orm'
import type { Executor } from '@/db/client'

const month = `date_trunc('month', now() at time zone 'utc')::date`

/** The first day of this month in UTC, on the database's clock, for the query builder. */
export const currentMonth = () => expression.raw(month)

/** The same for raw statements. */
export function thisMonth(sql: Executor) {
  return sql.unsafe(month)
}

/** Whether the row `agent` or its `company` has spent this month's budget. A budget of null is no budget; one of 0 is always spent. */
export function overBudget(sql: Executor) {
  return sql`(
    coalesce(agent.budget_monthly_micros <= coalesce((select spend.cost_micros from agent_spend spend
      where spend.agent_id = agent.id and spend.month = ${thisMonth(sql)}), 0), false)
    or coalesce(company.budget_monthly_micros <= coalesce((select spend.cost_micros from company_spend spend
      where spend.company_id = company.id and spend.month = ${thisMonth(sql)}), 0), false)
  )`
}
