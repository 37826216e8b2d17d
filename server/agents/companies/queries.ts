import { and, desc, eq, exists, getTableColumns, type SQL } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, equalsAny, rowBefore } from '@/db/expressions'
import { companies, companyCancels, companySpend } from '@/db/schema'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import { currentMonth } from '@/server/engine/charges/budget'

/** A budget of null is none, and a retention of null keeps everything. */
export type Company = typeof companies.$inferSelect & {
  spentMonthlyMicros: number
  /** It was paused or archived, and some of its runs are not cancelled yet. */
  cancellingRuns: boolean
}

/** The companies of one person, or all of them, newest first. */
export async function listCompanies(
  sql: Executor,
  ids: CompanyId[] | null,
  { limit, cursor }: { limit: number; cursor?: PageCursor | null },
): Promise<Page<Company>> {
  const { createdAt, id } = companies
  const rows = await selectCompanies(
    sql,
    and(ids ? equalsAny(id, ids) : undefined, cursor ? rowBefore([createdAt, id], [cursor.at, cursor.id]) : undefined),
  )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit + 1)
  return pageOf(rows, limit, (company) => company.createdAt)
}

export async function getCompany(sql: Executor, companyId: CompanyId): Promise<Company> {
  const [company] = await selectCompanies(sql, eq(companies.id, companyId))
  if (!company) throw notFound('company')
  return company
}

function selectCompanies(sql: Executor, condition: SQL | undefined) {
  const db = drizzleOn(sql)
  const cancels = db.select().from(companyCancels).where(eq(companyCancels.companyId, companies.id))
  return db
    .select({
      ...getTableColumns(companies),
      spentMonthlyMicros: coalesce(companySpend.costMicros, 0),
      cancellingRuns: exists(cancels).mapWith(Boolean),
    })
    .from(companies)
    .leftJoin(companySpend, and(eq(companySpend.companyId, companies.id), eq(companySpend.month, currentMonth())))
    .where(condition)
}
