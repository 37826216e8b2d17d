import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { and, eq, inArray } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { packageRoot } from '@/db/package-root'
import { agents, agentWakeupRequests, companies, heartbeatRuns, notifications } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { createAgent } from '@/server/agents/write'
import { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { liveRunStatuses } from '@/server/domain/run-status'
import { removeRuns } from '@/server/engine/runs/remove'
import { request } from '@/server/engine/wakeups/request'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { type Company, getCompany } from './queries'
import { createCompany, updateCompany } from './write'

type Example = { name: string; program: string; intervalSec: number; budgetMonthlyMicros?: number }

const exampleAgents: Example[] = [
  { name: 'Release notes', program: 'release-notes.mjs', intervalSec: 60, budgetMonthlyMicros: 250_000 },
  { name: 'Ticket triage', program: 'ticket-triage.mjs', intervalSec: 30 },
  { name: 'Nightly index', program: 'nightly-index.mjs', intervalSec: 180 },
  { name: 'Mirror sync', program: 'mirror-sync.mjs', intervalSec: 60 },
]

/** An example company: its agents are small programs of this checkout, woken at once and by timer. */
export async function createExample(sql: RawSql, by: AuditActor, secretKey: Buffer): Promise<Company> {
  const { id } = await createCompany(sql, by, { name: 'Example', budgetMonthlyMicros: 2_000_000 })
  const companyId = id as CompanyId
  await drizzleOn(sql).update(companies).set({ isExample: true }).where(eq(companies.id, companyId))
  for (const { name, program, intervalSec, budgetMonthlyMicros } of exampleAgents) {
    const folder = join(packageRoot(), 'examples', 'agents')
    const agent = await createAgent(sql, by, secretKey, {
      companyId,
      name,
      adapterType: 'process',
      adapterConfig: { command: process.execPath, args: [program], cwd: folder, timeoutSec: 300, graceSec: 2 },
      runtimeConfig: { heartbeat: { intervalSec } },
      budgetMonthlyMicros,
    })
    const wakeup = { source: 'on_demand', triggerDetail: 'system', reason: 'The example begins.' } as const
    await request(sql, { agentId: agent.id, ...wakeup, actor: by })
  }
  return await getCompany(sql, companyId)
}

const longestStopMs = 20_000

/**
 * Stops an example company's runs and removes it with all it owns. Errors: `illegal_status` for any other company,
 * `in_use` while a run of it cannot be stopped.
 */
export async function removeExample(
  { sql, stopRuns }: { sql: RawSql; stopRuns: () => void },
  by: AuditActor,
  companyId: CompanyId,
): Promise<{ removed: true }> {
  if (!(await getCompany(sql, companyId)).isExample) {
    throw new ApiError('illegal_status', 'Only an example can be removed. Archive this company instead.')
  }
  await updateCompany(sql, by, companyId, { status: 'archived' })
  stopRuns()
  await untilStopped(sql, companyId)
  await removeInBatches(sql, companyId)
  await transaction(sql, async (tx) => {
    await drizzleOn(tx).delete(companies).where(eq(companies.id, companyId))
    const subject = { type: 'company', id: companyId } as const
    await recordActivity(tx, { companyId: null, by, action: 'company.removeExample', subject })
  })
  return { removed: true }
}

const batchRows = 500

/** Removes the company's unbounded tables in batches, so that the delete of its own row is short. Archived, it gains no new rows. */
async function removeInBatches(sql: RawSql, companyId: CompanyId): Promise<void> {
  const db = drizzleOn(sql)
  for (const table of [heartbeatRuns, agentWakeupRequests, notifications, agents]) {
    for (let rows = batchRows; rows === batchRows; ) {
      const batch = await db.select({ id: table.id }).from(table).where(eq(table.companyId, companyId)).limit(batchRows)
      const ids = batch.map(({ id }) => id)
      if (table === heartbeatRuns) await removeRuns(sql, ids)
      else if (ids.length > 0) await db.delete(table).where(equalsAny(table.id, ids))
      rows = ids.length
    }
  }
}

async function untilStopped(sql: RawSql, companyId: CompanyId): Promise<void> {
  const deadline = performance.now() + longestStopMs
  for (;;) {
    const live = and(eq(heartbeatRuns.companyId, companyId), inArray(heartbeatRuns.status, liveRunStatuses))
    if ((await drizzleOn(sql).$count(heartbeatRuns, live)) === 0) return
    if (performance.now() > deadline) {
      throw new ApiError('in_use', 'A run of the example is still being stopped. Try again in a moment.')
    }
    await pause(100)
  }
}
