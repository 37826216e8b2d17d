import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { updateCompany } from '@/server/agents/companies/write'
import { pauseAgent, resumeAgent } from '@/server/agents/status'
import { ApiError } from '@/server/domain/errors'
import { finalRunStatuses } from '@/server/domain/run-status'
import { wakeupSources } from '@/server/domain/wakeup-status'
import { declareDead } from '@/server/engine/reaper/dead-runners'
import { reapRuns } from '@/server/engine/reaper/reaper'
import { tick } from '@/server/engine/timers/tick'
import { createLogStores } from '@/server/logs/log-stores'
import {
  agent,
  charge,
  clear,
  company,
  endingOf,
  ends,
  localRunner,
  report,
  silent,
  system,
  wake,
  worker,
} from '@/tests/engine'
import { brokenInvariants } from '@/tests/invariants'
import { cancel } from './cancel'
import { claim } from './claim'
import { endAndClaim } from './end-and-claim'
import { note } from './events'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-property-'))
const logs = createLogStores({ dataDir, maxBytes: 1000 })
afterAll(async () => {
  rmSync(dataDir, { recursive: true })
  await database.drop()
})

const which = fc.nat({ max: 20 })
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('wake' as const),
      which,
      source: fc.constantFrom(...wakeupSources),
      payload: fc.jsonValue({ maxDepth: 1 }),
      key: fc.option(fc.constantFrom('a', 'b'), { freq: 4 }),
      hasRoom: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant('claim' as const), which, count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('finish' as const),
      which,
      status: fc.constantFrom(...finalRunStatuses),
      costMicros: fc.option(fc.nat({ max: 10_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('turnover' as const), which }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('lose' as const, 'stop' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('cancel' as const, 'late' as const, 'note' as const), which }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('tick' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const), which }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('close' as const, 'open' as const), which }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type World = {
  agents: string[]
  companyId: Awaited<ReturnType<typeof company>>
  servers: string[]
  paused: Set<string>
}
type LiveRun = { id: string; agentId: string; companyId: string; workerId: string | null; status: string }

async function world(isLimited: boolean): Promise<World> {
  await clear(sql)
  const companyId = await company(sql, isLimited ? { maxConcurrentRuns: 3 } : {})
  const policies = [
    { retryOnRunnerLost: 2 },
    { maxConcurrentRuns: 2, whenRunning: 'coalesce', intervalSec: 60 },
    { maxConcurrentRuns: 2, intervalSec: 60, cooldownSec: 1 },
  ] as const
  const agents = []
  for (const policy of policies) agents.push((await agent(sql, policy, { companyId })).id)
  return { agents, companyId, servers: [await worker(sql), await worker(sql)], paused: new Set() }
}

function at<T>(items: T[], which: number): T | undefined {
  return items[which % Math.max(1, items.length)]
}

async function liveRuns(status?: 'running'): Promise<LiveRun[]> {
  return await sql<LiveRun[]>`
    select id, agent_id, company_id, server_id as worker_id, status from heartbeat_runs
    where status in ${sql(status ? [status] : ['queued', 'running'])} order by created_at, id`
}

async function take({ agents, companyId, servers, paused }: World, step: Step): Promise<unknown> {
  const agentId = at(agents, step.which) ?? ''
  const workerId = at(servers, step.which) ?? ''
  switch (step.act) {
    case 'wake':
      return await wake(
        sql,
        agentId,
        {
          source: step.source,
          triggerDetail: 'ping',
          payload: step.payload,
          idempotencyKey: step.key,
          contextSnapshot: { last: step.payload },
        },
        step.hasRoom ? localRunner(workerId) : undefined,
      )
    case 'claim':
      return await claim(sql, workerId, step.count)
    case 'finish': {
      const run = at(await liveRuns('running'), step.which)
      if (!run) return
      const { status, costMicros } = step
      const charges = costMicros === null ? [] : [charge(run, { costMicros })]
      const said = { charges, ...report({ sessionId: `s-${step.which}` }) }
      const why = { succeeded: null, failed: 'nonzero_exit', cancelled: 'cancelled', timed_out: 'timeout' } as const
      return await ends(sql, run, run.workerId ?? '', { status, errorCode: why[status], error: why[status], ...said })
    }
    case 'turnover': {
      const ending = (await liveRuns('running')).filter((run) => run.workerId === workerId).slice(0, 2)
      const endings = ending.map((run) => endingOf(run, workerId))
      if (endings.length > 0) await endAndClaim(sql, endings, { workerId, count: endings.length })
      return
    }
    case 'stop': {
      for (const run of await liveRuns('running')) {
        if (run.workerId !== workerId) continue
        const gone = { status: 'failed', errorCode: 'server_stopped', error: 'x', retry: 'server_stopped' } as const
        await ends(sql, run, workerId, gone)
      }
      return
    }
    case 'lose':
      await declareDead(sql, workerId)
      servers[servers.indexOf(workerId)] = await worker(sql)
      return await reapRuns({
        sql,
        machine: 'here',
        leaseMs: 1000,
        log: silent,
        logs,
        onReaped: () => {},
      })
    case 'cancel': {
      const run = at(await liveRuns(), step.which)
      return run && (await cancel(sql, run.id, `reason ${step.which}`))
    }
    case 'late': {
      const runs = await sql<
        LiveRun[]
      >`select id, agent_id, company_id, server_id as worker_id, status from heartbeat_runs`
      const run = at([...runs], step.which)
      if (!run) return
      const stranger = { ...endingOf(run, at(servers, step.which + 1) ?? ''), charges: [charge(run)] }
      const isHeld = run.status === 'running' && run.workerId === stranger.workerId
      if (!isHeld) expect(await ends(sql, run, stranger.workerId ?? '', stranger)).toEqual([])
      return
    }
    case 'note': {
      const notes = (await liveRuns()).map((run) => ({
        runId: run.id,
        events: [{ eventType: 'warning', message: 'note' } as const],
        process: null,
      }))
      return await note(sql, workerId, notes)
    }
    case 'tick':
      await sql`update agents set next_heartbeat_at = now() - interval '1 second' where id = ${agentId} and next_heartbeat_at is not null`
      return await tick(sql, silent)
    case 'pause':
      paused.add(agentId)
      return await pauseAgent(sql, system, agentId)
    case 'resume':
      paused.delete(agentId)
      return await resumeAgent(sql, system, agentId)
    case 'close':
      return await updateCompany(sql, system, companyId, { status: 'paused' })
    case 'open':
      return await updateCompany(sql, system, companyId, { status: 'active' })
  }
}

/** A digest of the row of each run that has ended. */
async function finalRuns(): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; digest: string }[]>`
    select id, md5(r::text) as digest from heartbeat_runs r where finished_at is not null`
  return new Map(rows.map(({ id, digest }) => [id, digest]))
}

async function pausedAgents(): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from agents where status = 'paused'`
  return rows.map(({ id }) => id).toSorted()
}

test('every invariant holds after each step of any sequence of operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 40, maxLength: 40 }), async (isLimited, steps) => {
      const made = await world(isLimited)
      let before = new Map<string, string>()
      for (const next of steps) {
        await take(made, next).catch((error) => {
          if (!(error instanceof ApiError)) throw error
        })
        expect(await brokenInvariants(sql)).toEqual([])
        expect(await pausedAgents()).toEqual([...made.paused].toSorted())
        const now = await finalRuns()
        for (const [id, digest] of before) expect(now.get(id)).toBe(digest)
        before = now
      }
    }),
    { numRuns: 30, interruptAfterTimeLimit: 38_000, endOnFailure: false },
  )
})
