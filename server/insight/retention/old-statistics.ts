import { and, asc, eq, exists, lt } from 'drizzle-orm'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { daysAgo } from '@/db/expressions'
import { companies, runStatsHourly as statistics } from '@/db/schema'

const keptDays = 400

/** Boards show weeks of statistics. The index holds them by company. */
export async function removeOldStatistics(tx: Tx, limit: number): Promise<number> {
  const { companyId, hour, status, bucket } = statistics
  const db = drizzleOn(tx)
  const ofCompany = db
    .select({ companyId, hour, status, bucket })
    .from(statistics)
    .where(and(eq(companyId, companies.id), lt(hour, daysAgo(keptDays))))
    .orderBy(asc(hour))
    .limit(limit)
    .as('of_company')
  const { companyId: itsCompany, hour: itsHour, status: itsStatus, bucket: itsBucket } = ofCompany
  const old = db
    .select({ companyId: itsCompany, hour: itsHour, status: itsStatus, bucket: itsBucket })
    .from(companies)
    .crossJoinLateral(ofCompany)
    .limit(limit)
    .as('old')
  const isOld = db
    .select({ hour: old.hour })
    .from(old)
    .where(and(eq(companyId, old.companyId), eq(hour, old.hour), eq(status, old.status), eq(bucket, old.bucket)))
  return (await db.delete(statistics).where(exists(isOld)).returning({ hour })).length
}
