import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import { packageRoot } from '@/db/package-root'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import { createAgent } from '@/server/agents/write'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { removeRuns } from '@/server/retention/kinds'
import { request } from '@/server/wakeups/request'
import { type Company, getCompany } from './queries'
import { createCompany, updateCompany } from './write'

type Example = { name: string; program: string; intervalSec: number; budgetMonthlyMicros?: number }

const agents: Example[] = [
  { name: 'Release notes', program: 'release-notes.mjs', intervalSec: 60, budgetMonthlyMicros: 250_000 },
  { name: 'Ticket triage', program: 'ticket-triage.mjs', intervalSec: 30 },
  { name: 'Nightly index', program: 'nightly-index.mjs', intervalSec: 180 },
  { name: 'Mirror sync', program: 'mirror-sync.mjs', intervalSec: 60 },
]

/** A company to look around in: small programs of this checkout as agents, woken at once and by timer. */
export async function createExample(sql: RawSql, by: By, secretKey: Buffer): Promise<Company> {
  const { id } = await createCompany(sql, by, { name: 'Example', budgetMonthlyMicros: 2_000_000 })
  const companyId = id as CompanyId
  await sql`update companies set is_example = true where id = ${companyId}`
  for (const { name, program, intervalSec, budgetMonthlyMicros } of agents) {
    const folder = join(packageRoot(), 'examples', 'agents')
    const agent = await createAgent(sql, by, secretKey, {
      companyId,
      name,
      adapterType: 'process',
      adapterConfig: { command: process.execPath, args: [program], cwd: folder, timeoutSec: 300, graceSec: 2 },
      runtimeConfig: { heartbeat: { intervalSec } },
      budgetMonthlyMicros,
    })
    const wish = { source: 'on_demand', triggerDetail: 'system', reason: 'The example begins.' } as const
    await request(sql, { agentId: agent.id, ...wish, actor: by })
  }
  return await getCompany(sql, companyId)
}

const longestStopMs = 20_000

/**
 * Stops an example company's runs and removes it with all it owns. Errors: `illegal_status` for any other company,
 * `in_use` while a run of it can not be stopped.
 */
export async function removeExample(
  { sql, stopRuns }: { sql: RawSql; stopRuns: () => void },
  by: By,
  companyId: CompanyId,
): Promise<{ removed: true }> {
  if (!(await getCompany(sql, companyId)).isExample) {
    throw new Failure('illegal_status', 'Only an example can be removed. Archive this company instead.')
  }
  await updateCompany(sql, by, companyId, { status: 'archived' })
  stopRuns()
  await untilStopped(sql, companyId)
  await removeInBatches(sql, companyId)
  await transaction(sql, async (tx) => {
    await tx`delete from companies where id = ${companyId}`
    const subject = { type: 'company', id: companyId } as const
    await recordActivity(tx, { companyId: null, by, action: 'company.removeExample', subject })
  })
  return { removed: true }
}

const batchRows = 500

/** What it has any number of, so that its own removal is short. Archived, it gets nothing new. */
async function removeInBatches(sql: RawSql, companyId: CompanyId): Promise<void> {
  const of = (table: 'heartbeat_runs' | 'agent_wakeup_requests' | 'notifications' | 'agents') => sql<{ id: string }[]>`
    select id from ${sql(table)} where company_id = ${companyId} limit ${batchRows}`
  const removers = {
    heartbeat_runs: (ids: string[]) => removeRuns(sql, ids),
    agent_wakeup_requests: (ids: string[]) => sql`delete from agent_wakeup_requests where id = any(${ids})`,
    notifications: (ids: string[]) => sql`delete from notifications where id = any(${ids})`,
    agents: (ids: string[]) => sql`delete from agents where id = any(${ids})`,
  } as const
  for (const table of ['heartbeat_runs', 'agent_wakeup_requests', 'notifications', 'agents'] as const) {
    for (let rows = batchRows; rows === batchRows; ) {
      const ids = (await of(table)).map(({ id }) => id)
      if (ids.length > 0) await removers[table](ids)
      rows = ids.length
    }
  }
}

async function untilStopped(sql: RawSql, companyId: CompanyId): Promise<void> {
  const deadline = performance.now() + longestStopMs
  for (;;) {
    const [live] = await sql`
      select from heartbeat_runs where company_id = ${companyId} and status in ('queued', 'running') limit 1`
    if (!live) return
    if (performance.now() > deadline) {
      throw new Failure('in_use', 'A run of the example is still being stopped. Try again in a moment.')
    }
    await pause(100)
  }
}
