import { sql as expression } from 'drizzle-orm'
import type { Executor } from '@/db/client'

const month = `date_trunc('month', now() at time zone 'utc')::date`

/** The first day of this month in UTC, on the database's clock, for the query builder. */
export const currentMonth = () => expression.raw(month)

/** The same for a statement that is written by hand. */
export function thisMonth(sql: Executor) {
  return sql.unsafe(month)
}

/** Whether agent `a` or its company `c` has spent this month's budget; a budget of null is none, of 0 always spent. */
export function overBudget(sql: Executor) {
  return sql`(
    coalesce(a.budget_monthly_micros <= coalesce(
      (select cost_micros from agent_spend s where s.agent_id = a.id and s.month = ${thisMonth(sql)}), 0), false)
    or coalesce(c.budget_monthly_micros <= coalesce(
      (select cost_micros from company_spend s where s.company_id = c.id and s.month = ${thisMonth(sql)}), 0), false)
  )`
}
