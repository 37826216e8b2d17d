import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import type { PauseRuns } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import { claim } from '@/server/engine/runs/claim'
import { agent, agentOf, claimOne, clear, ends, lost, runOf, started, system, wake, worker } from '@/tests/engine'
import { pauseAgent, resumeAgent } from './status'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

type Whose = { id: string; companyId: CompanyId }
type Acts = { pause(whose: Whose, runs?: PauseRuns): Promise<unknown>; resume(whose: Whose): Promise<unknown> }

const ofAgent: Acts = {
  pause: ({ id }, runs) => pauseAgent(sql, system, id, { runs }),
  resume: ({ id }) => resumeAgent(sql, system, id),
}
const ofCompany: Acts = {
  pause: ({ companyId }, runs) => updateCompany(sql, system, companyId, { status: 'paused', runs }),
  resume: ({ companyId }) => updateCompany(sql, system, companyId, { status: 'active' }),
}

const both = [
  ['an agent', ofAgent],
  ['a company', ofCompany],
] as const

/** An agent with a running and a queued run. */
async function busy() {
  const whose = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, whose.id, workerId)
  const queued = (await wake(sql, whose.id)).run?.id ?? ''
  return { whose, workerId, run, queued }
}

test.each(both)(
  '%s paused with `finish`: running runs end as they would, queued ones wait for the resume',
  async (_, acts) => {
    const { whose, workerId, run, queued } = await busy()
    await acts.pause(whose, 'finish')
    expect(await runOf(sql, run.id)).toMatchObject({ status: 'running', cancelRequestedAt: null })
    await ends(sql, run, workerId)
    expect((await runOf(sql, run.id)).status).toBe('succeeded')
    expect((await claim(sql, workerId, 5)).runs).toEqual([])
    await expect(wake(sql, whose.id)).rejects.toThrow('is paused')
    expect((await runOf(sql, queued)).status).toBe('queued')
    await acts.resume(whose)
    expect((await claimOne(sql, workerId)).id).toBe(queued)
  },
)

test.each(both)('%s paused with `finish` gets the retry of a lost run, which waits for the resume', async (_, acts) => {
  const whose = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, whose.id, workerId)
  await acts.pause(whose, 'finish')
  const [ended] = await ends(sql, run, workerId, lost)
  expect((await claim(sql, workerId, 5)).runs).toEqual([])
  await acts.resume(whose)
  expect((await claimOne(sql, workerId)).id).toBe(ended?.retryRunId)
})

test.each(both)('%s paused with `finish` and then with `cancel` has its runs cancelled', async (_, acts) => {
  const { whose, run, queued } = await busy()
  await acts.pause(whose, 'finish')
  await acts.pause(whose, 'cancel')
  expect((await runOf(sql, queued)).status).toBe('cancelled')
  expect((await runOf(sql, run.id)).cancelRequestedAt).not.toBeNull()
})

test('pausing a company again lets the runs of the first pause finish', async () => {
  const { whose, queued } = await busy()
  await ofCompany.pause(whose, 'finish')
  await ofCompany.pause(whose)
  expect((await runOf(sql, queued)).status).toBe('queued')
})

test('an agent resumed while a run finishes is running', async () => {
  const { whose } = await busy()
  await ofAgent.pause(whose, 'finish')
  expect((await agentOf(sql, whose.id)).status).toBe('paused')
  await ofAgent.resume(whose)
  expect((await agentOf(sql, whose.id)).status).toBe('running')
})
