import { and, eq } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { companies, companySpend } from '@/db/schema'
import type { CompanyId } from '@/server/domain/ids'
import { currentMonth } from '@/server/engine/charges/budget'

/** What the company has spent this UTC month, and its budget, in micro-dollars; `at` is the time on the database's clock. */
export async function companyBudget(sql: Executor, companyId: CompanyId) {
  const { costMicros, month } = companySpend
  const rows = await drizzleOn(sql)
    .select({ spentMicros: coalesce(costMicros, 0), budgetMicros: companies.budgetMonthlyMicros, at: now() })
    .from(companies)
    .leftJoin(companySpend, and(eq(companySpend.companyId, companies.id), eq(month, currentMonth())))
    .where(eq(companies.id, companyId))
  return onlyRow(rows)
}
