import type { RawSql } from '@/db/client'
import { type By, recordActivity } from '@/server/activity/record'
import type { CompanyStatus } from '@/server/domain/agent-status'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Retention } from '@/server/domain/retention'
import { cancelOfAgents } from '@/server/runs/cancel'
import { type Company, getCompany } from './queries'

export async function createCompany(
  sql: RawSql,
  by: By,
  given: { name: string; budgetMonthlyMicros?: number | null },
): Promise<Company> {
  return await sql.begin(async (tx) => {
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
  budgetMonthlyMicros?: number | null
  maxConcurrentRuns?: number | null
  /** As a whole; null: everything is kept. */
  retention?: Retention | null
}

/**
 * Changes a company. Paused or archived, it stops all its runs: the company's row is written first, then every agent is
 * locked, so that a wakeup under way is either seen here and cancelled, or sees the new status.
 */
export async function updateCompany(
  sql: RawSql,
  by: By,
  companyId: CompanyId,
  change: CompanyChange,
): Promise<Company> {
  return await sql.begin(async (tx) => {
    const [before] = await tx<[{ status: CompanyStatus }]>`
      select status from companies where id = ${companyId} for no key update`
    if (before.status === 'archived' && change.status && change.status !== 'archived') {
      throw new Failure('illegal_status', 'An archived company stays archived.', 'status')
    }
    const { name, status, budgetMonthlyMicros, maxConcurrentRuns, retention } = change
    await tx`
      update companies set updated_at = now(), name = coalesce(${name ?? null}, name),
        status = coalesce(${status ?? null}, status),
        budget_monthly_micros = ${budgetMonthlyMicros === undefined ? tx`budget_monthly_micros` : budgetMonthlyMicros},
        max_concurrent_runs = ${maxConcurrentRuns === undefined ? tx`max_concurrent_runs` : maxConcurrentRuns},
        retention = ${retention === undefined ? tx`retention` : retention && tx`${JSON.stringify(retention)}::text::jsonb`}
      where id = ${companyId}`
    if (status && status !== before.status && status !== 'active') {
      const agents = await tx<{ id: string }[]>`
        select id from agents where company_id = ${companyId} order by id for no key update`
      await cancelOfAgents(
        tx,
        agents.map((agent) => agent.id),
        `The company was ${status}.`,
      )
    }
    await recordActivity(tx, {
      companyId,
      by,
      action: 'company.update',
      subject: { type: 'company', id: companyId },
      details: change,
    })
    return await getCompany(tx, companyId)
  })
}
