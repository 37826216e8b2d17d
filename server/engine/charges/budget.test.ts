import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { getCompany } from '@/server/agents/companies/queries'
import { getAgent } from '@/server/agents/queries'
import type { CompanyId } from '@/server/domain/ids'
import { claim } from '@/server/engine/runs/claim'
import { boardOverview } from '@/server/insight/board/overview'
import { agent, charge, company, ends, started, wake, worker } from '@/tests/engine'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

async function shownSpend(companyId: CompanyId, agentId: string) {
  const { agents, spend } = await boardOverview(sql, companyId)
  return {
    company: (await getCompany(sql, companyId)).spentMonthlyMicros,
    agent: (await getAgent(sql, agentId)).spentMonthlyMicros,
    board: [spend.spentMicros, ...agents.map(({ spentMonthlyMicros }) => spentMonthlyMicros)],
  }
}

test.each(['agent', 'company'])('the spending of this %s in one month does not count in the next', async (whose) => {
  const budget = (owner: string) => (owner === whose ? { budgetMonthlyMicros: 4000 } : {})
  const companyId = await company(sql, budget('company'))
  const { id } = await agent(sql, {}, { companyId, ...budget('agent') })
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await ends(sql, run, workerId, { charges: [charge(run)] })
  await expect(wake(sql, id)).rejects.toMatchObject({ reason: 'budget.exceeded' })
  expect(await shownSpend(companyId, id)).toEqual({ company: 4000, agent: 4000, board: [4000, 4000] })
  for (const spend of ['agent_spend', 'company_spend']) {
    await sql`update ${sql(spend)} set month = (month - interval '1 month')::date`
  }
  expect(await shownSpend(companyId, id)).toEqual({ company: 0, agent: 0, board: [0, 0] })
  expect((await wake(sql, id)).outcome).toBe('queued')
  expect((await claim(sql, workerId, 1)).runs).toHaveLength(1)
})
