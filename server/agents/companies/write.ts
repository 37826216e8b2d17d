import { eq } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { companies } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { CompanyStatus, PauseRuns } from '@/server/domain/agent-status'
import { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Retention } from '@/server/domain/retention'
import {
  cancelFirst,
  finishCancels,
  isCancelling,
  requestCancels,
  stillCancelling,
} from '@/server/engine/runs/cancel-company-runs'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { type Company, getCompany } from './queries'

export async function createCompany(
  sql: RawSql,
  by: AuditActor,
  { name, budgetMonthlyMicros }: { name: string; budgetMonthlyMicros?: number | null },
): Promise<Company> {
  return await transaction(sql, async (tx) => {
    const inserted = drizzleOn(tx).insert(companies).values({ name, budgetMonthlyMicros })
    const { id } = onlyRow(await inserted.returning({ id: companies.id }))
    await recordActivity(tx, { companyId: id, by, action: 'company.create', subject: { type: 'company', id } })
    return await getCompany(tx, id as CompanyId)
  })
}

export type CompanyChange = {
  name?: string
  status?: CompanyStatus
  /** What happens to the runs when the status becomes `paused`. Archiving always cancels them. */
  runs?: PauseRuns
  budgetMonthlyMicros?: number | null
  maxConcurrentRuns?: number | null
  /** Replaces the stored retention; null keeps everything. */
  retention?: Retention | null
}

/**
 * Changes a company. The status `paused` or `archived` is set at once, and runs are cancelled in the background. The
 * status `active` waits until they are: no run from before the pause starts after it, except after a pause with
 * `finish`. Error: `in_use` if that takes too long.
 */
export async function updateCompany(
  sql: RawSql,
  by: AuditActor,
  companyId: CompanyId,
  change: CompanyChange,
): Promise<Company> {
  if (change.status === 'active') await finishCancels(sql, companyId)
  const cancels = await transaction(sql, async (tx) => {
    const before = onlyRow(
      await drizzleOn(tx)
        .select({ status: companies.status })
        .from(companies)
        .where(eq(companies.id, companyId))
        .for('no key update'),
    )
    await refuseStatus(tx, companyId, before.status, change.status)
    await writeCompany(tx, companyId, change)
    const cancels = cancelsRuns(before.status, change)
    if (cancels) await requestCancels(tx, companyId, `The company was ${change.status}.`)
    const subject = { type: 'company', id: companyId } as const
    await recordActivity(tx, { companyId, by, action: 'company.update', subject, details: change })
    return cancels
  })
  if (cancels) await cancelFirst(sql, companyId)
  return await getCompany(sql, companyId)
}

async function refuseStatus(
  tx: Tx,
  companyId: CompanyId,
  before: CompanyStatus,
  status: CompanyStatus | undefined,
): Promise<void> {
  if (before === 'archived' && status && status !== 'archived') {
    throw new ApiError('illegal_status', 'An archived company stays archived.', 'status')
  }
  if (status === 'active' && (await isCancelling(tx, companyId))) throw stillCancelling()
}

/** Pausing a paused company again cancels the runs that may finish only if that is asked for explicitly. */
function cancelsRuns(before: CompanyStatus, { status, runs }: CompanyChange): boolean {
  if (status === 'archived') return before !== 'archived'
  if (status !== 'paused') return false
  return before === 'paused' ? runs === 'cancel' : runs !== 'finish'
}

/** Drizzle leaves columns whose value is undefined as they are. */
async function writeCompany(tx: Tx, companyId: CompanyId, change: CompanyChange): Promise<void> {
  const { name, status, budgetMonthlyMicros, maxConcurrentRuns, retention } = change
  await drizzleOn(tx)
    .update(companies)
    .set({ name, status, budgetMonthlyMicros, maxConcurrentRuns, retention, updatedAt: now() })
    .where(eq(companies.id, companyId))
}
