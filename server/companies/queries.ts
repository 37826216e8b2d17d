import type { Executor } from '@/db/client'
import { thisMonth } from '@/server/costs/budget'
import type { CompanyStatus } from '@/server/domain/agent-status'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { Retention } from '@/server/domain/retention'

export type Company = {
  id: string
  name: string
  status: CompanyStatus
  budgetMonthlyMicros: number | null
  spentMonthlyMicros: number
  maxConcurrentRuns: number | null
  /** Made to look around in, and removed as a whole. */
  isExample: boolean
  /** null: everything is kept. */
  retention: Retention | null
  /** It was paused or archived, and not all of its runs are cancelled yet. */
  cancellingRuns: boolean
  createdAt: Date
  updatedAt: Date
}

/** The companies of one person, or all of them, newest first. */
export async function listCompanies(
  sql: Executor,
  ids: CompanyId[] | null,
  page: { limit: number; cursor?: PageCursor | null },
): Promise<Page<Company>> {
  const rows = await sql<Company[]>`
    ${selectCompany(sql)}
    where ${ids === null ? sql`true` : sql`c.id = any(${ids})`}
      ${page.cursor ? sql`and (c.created_at, c.id) < (${page.cursor.at}, ${page.cursor.id})` : sql``}
    order by c.created_at desc, c.id desc limit ${page.limit + 1}`
  return pageOf(rows, page.limit, (company) => company.createdAt)
}

export async function getCompany(sql: Executor, companyId: CompanyId): Promise<Company> {
  const [company] = await sql<Company[]>`${selectCompany(sql)} where c.id = ${companyId}`
  if (!company) throw notFound('company')
  return company
}

function selectCompany(sql: Executor) {
  return sql`
    select c.*, coalesce((select cost_micros from company_spend s
      where s.company_id = c.id and s.month = ${thisMonth(sql)}), 0) as spent_monthly_micros,
      exists (select from company_cancels x where x.company_id = c.id) as cancelling_runs
    from companies c`
}
