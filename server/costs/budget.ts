import type { Executor } from '@/db/client'

/** The first day of this month in UTC, on the database's clock. */
export function thisMonth(sql: Executor) {
  return sql`date_trunc('month', now() at time zone 'utc')::date`
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
