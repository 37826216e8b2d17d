import { afterAll, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent, resumeAgent } from '@/server/agents/status'
import { ApiError } from '@/server/domain/errors'
import { reportCost } from '@/server/engine/charges/report'
import { tick } from '@/server/engine/timers/tick'
import { agent, charge, company, endingOf, lost, silent, system, wake, worker } from '@/tests/engine'
import { brokenInvariants } from '@/tests/invariants'
import { cancel } from './cancel'
import { cancelInBatches } from './cancel-company-runs'
import { claim } from './claim'
import { endAndClaim } from './end-and-claim'
import { note } from './events'
import { end } from './transition'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 16, applicationName: 'crowd' })
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

const pick = <T>(items: T[]): T | undefined => items[Math.floor(Math.random() * items.length)]

test('everything at once: no deadlock, no slot taken twice, and every invariant holds', async () => {
  const companies = [await company(sql), await company(sql, { maxConcurrentRuns: 3 })] as const
  const anyCompany = () => companies[Math.random() < 0.5 ? 0 : 1]
  const agents: Awaited<ReturnType<typeof agent>>[] = []
  for (const maxConcurrentRuns of [1, 2, 3]) {
    for (const companyId of companies) {
      agents.push(await agent(sql, { maxConcurrentRuns, intervalSec: 1, retryOnRunnerLost: 10 }, { companyId }))
    }
  }
  const servers = [await worker(sql), await worker(sql), await worker(sql)]
  const anyAgent = () => pick(agents)?.id ?? ''
  const running = async () => {
    const workerId = pick(servers) ?? ''
    const runs = await crowd<{ id: string; agentId: string; companyId: string }[]>`
      select id, agent_id, company_id from heartbeat_runs where server_id = ${workerId} and status = 'running'`
    return { workerId, runs: [...runs].sort(() => Math.random() - 0.5) }
  }
  const acts = [
    () => wake(crowd, anyAgent(), { payload: Math.random() }),
    () => wake(crowd, anyAgent(), { payload: Math.random(), source: 'automation' }),
    () => claim(crowd, pick(servers) ?? '', 5),
    () => claim(crowd, pick(servers) ?? '', 5),
    async () => {
      const { workerId, runs } = await running()
      const events = [{ eventType: 'warning', message: 'note' } as const]
      await note(
        crowd,
        workerId,
        runs.map((run) => ({ runId: run.id, events, process: null })),
      )
    },
    async () => {
      const { workerId, runs } = await running()
      const chosen = runs.slice(0, 1 + Math.floor(Math.random() * 4))
      await end(
        crowd,
        chosen.map((run) => endingOf(run, workerId, { charges: [charge(run)] })),
      )
    },
    async () => {
      const { workerId, runs } = await running()
      const endings = runs.slice(0, 3).map((run) => endingOf(run, workerId, { charges: [charge(run)] }))
      if (endings.length > 0) await endAndClaim(crowd, endings, { workerId, count: 3 })
    },
    async () => {
      const { workerId, runs } = await running()
      await end(
        crowd,
        runs.slice(0, 2).map((run) => endingOf(run, workerId, lost)),
      )
    },
    async () => {
      const run = pick((await running()).runs)
      const usage = { provider: 'acme', model: 'tiny', inputTokens: 1, outputTokens: 1, costUsd: 0.0001 }
      if (run) await reportCost(crowd, { runId: run.id, ...usage, idempotencyKey: `${Math.random()}` })
    },
    async () => {
      const run = pick((await running()).runs)
      if (run) await cancel(crowd, run.id, 'stop')
    },
    () => tick(crowd, silent),
  ]
  const rareActs = [
    () => pauseAgent(crowd, system, anyAgent()),
    () => resumeAgent(crowd, system, anyAgent()),
    () => resumeAgent(crowd, system, anyAgent()),
    () => resumeAgent(crowd, system, anyAgent()),
    () => updateCompany(crowd, system, anyCompany(), { status: 'paused' }),
    () => updateCompany(crowd, system, anyCompany(), { status: 'active' }),
    () => updateCompany(crowd, system, anyCompany(), { status: 'active' }),
    () => updateCompany(crowd, system, anyCompany(), { status: 'active' }),
  ]
  const faults: unknown[] = []
  const until = performance.now() + 4000
  let done = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (performance.now() < until) {
        try {
          await pick<() => Promise<unknown>>(Math.random() < 0.08 ? rareActs : acts)?.()
          done++
        } catch (error) {
          if (!(error instanceof ApiError)) faults.push(error)
        }
      }
    }),
  )
  expect(faults).toEqual([])
  expect(done).toBeGreaterThan(100)
  await cancelInBatches(sql, silent)
  expect(await brokenInvariants(sql)).toEqual([])
})
