import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import type { CompanyStatus, PauseRuns } from '@/server/domain/agent-status'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Retention } from '@/server/domain/retention'
import { cancelFirst, finishCancels, isCancelling, requestCancels, stillCancelling } from './cancel-runs'
import { type Company, getCompany } from './queries'

export async function createCompany(
  sql: RawSql,
  by: By,
  given: { name: string; budgetMonthlyMicros?: number | null },
): Promise<Company> {
  return await transaction(sql, async (tx) => {
    const [row] = await tx<[{ id: CompanyId }]>`
      insert into companies (name, budget_monthly_micros) values (${given.name}, ${given.budgetMonthlyMicros ?? null})
      returning id`
    await recordActivity(tx, {
      companyId: row.id,
      by,
      action: 'company.create',
      subject: { type: 'company', id: row.id },
    })
    return await getCompany(tx, row.id)
  })
}

export type CompanyChange = {
  name?: string
  status?: CompanyStatus
  /** What becomes of the runs where the status is `paused`; archived, a company has none. */
  runs?: PauseRuns
  budgetMonthlyMicros?: number | null
  maxConcurrentRuns?: number | null
  /** As a whole; null: everything is kept. */
  retention?: Retention | null
}

/**
 * Changes a company. Paused or archived it has that status at once, and its runs are cancelled behind it. Active again
 * it is when they are: nothing from before the pause runs after it but what was to `finish`. Error: `in_use` where that
 * takes too long.
 */
export async function updateCompany(
  sql: RawSql,
  by: By,
  companyId: CompanyId,
  change: CompanyChange,
): Promise<Company> {
  if (change.status === 'active') await finishCancels(sql, companyId)
  const cancels = await transaction(sql, async (tx) => {
    const [before] = await tx<[{ status: CompanyStatus }]>`
      select status from companies where id = ${companyId} for no key update`
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
    throw new Failure('illegal_status', 'An archived company stays archived.', 'status')
  }
  if (status === 'active' && (await isCancelling(tx, companyId))) throw stillCancelling()
}

/** A pause that is told again cancels what was to finish only where it says so. */
function cancelsRuns(before: CompanyStatus, { status, runs }: CompanyChange): boolean {
  if (status === 'archived') return before !== 'archived'
  if (status !== 'paused') return false
  return before === 'paused' ? runs === 'cancel' : runs !== 'finish'
}

async function writeCompany(tx: Tx, companyId: CompanyId, change: CompanyChange): Promise<void> {
  const { name, status, budgetMonthlyMicros, maxConcurrentRuns, retention } = change
  await tx`
    update companies set updated_at = now(), name = coalesce(${name ?? null}, name),
      status = coalesce(${status ?? null}, status),
      budget_monthly_micros = ${budgetMonthlyMicros === undefined ? tx`budget_monthly_micros` : budgetMonthlyMicros},
      max_concurrent_runs = ${maxConcurrentRuns === undefined ? tx`max_concurrent_runs` : maxConcurrentRuns},
      retention = ${retention === undefined ? tx`retention` : retention && tx`${JSON.stringify(retention)}::text::jsonb`}
    where id = ${companyId}`
}
