import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import type { RawSql } from '@/db/client'
import { createCompany, updateCompany } from '@/server/agents/companies/write'
import { createAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import type { HeartbeatPolicy } from '@/server/domain/policy'
import type { Charge } from '@/server/engine/charges/book'
import { claim, type HeldRun } from '@/server/engine/runs/claim'
import { wholeContext } from '@/server/engine/runs/context'
import type { Ended, Ending } from '@/server/engine/runs/ending'
import { type ClaimedRun, loadRun } from '@/server/engine/runs/load'
import { end } from '@/server/engine/runs/transition'
import type { RunRow } from '@/server/engine/runs/view'
import { type LocalRunner, request, type WakeupAnswer, type WakeupRequest } from '@/server/engine/wakeups/request'

export const system = { type: 'system', id: null } as const
export const secretKey = Buffer.alloc(32, 7)
export const silent = pino({ level: 'silent' })

type CompanyGiven = { budgetMonthlyMicros?: number; maxConcurrentRuns?: number }

export async function company(sql: RawSql, given: CompanyGiven = {}): Promise<CompanyId> {
  const { id } = await createCompany(sql, system, { name: 'Acme', budgetMonthlyMicros: given.budgetMonthlyMicros })
  const companyId = id as CompanyId
  const { maxConcurrentRuns } = given
  if (maxConcurrentRuns !== undefined) await updateCompany(sql, system, companyId, { maxConcurrentRuns })
  return companyId
}

type AgentGiven = { companyId?: CompanyId; budgetMonthlyMicros?: number; script?: string }

/** An agent of a company of its own, unless one is given. */
export async function agent(sql: RawSql, heartbeat: Partial<HeartbeatPolicy> = {}, given: AgentGiven = {}) {
  const companyId = given.companyId ?? (await company(sql))
  const { id } = await createAgent(sql, system, secretKey, {
    companyId,
    name: 'Ada',
    adapterType: 'process',
    adapterConfig: given.script
      ? { command: '/bin/sh', args: ['-c', given.script], cwd: '/', graceSec: 1 }
      : { command: 'true' },
    runtimeConfig: { heartbeat },
    budgetMonthlyMicros: given.budgetMonthlyMicros,
  })
  return { id, companyId }
}

/** A server with a lease of `leaseMs`, as another process would have it. */
export async function worker(sql: RawSql, given: { leaseMs?: number; machine?: string } = {}): Promise<string> {
  const id = randomUUID()
  await sql`
    insert into servers (id, role, host, machine, pid, data_dir, max_runs, lease_expires_at)
    values (${id}, 'runner', 'elsewhere', ${given.machine ?? 'elsewhere'}, 1, '/nowhere', 10,
      now() + ${given.leaseMs ?? 60_000} * interval '1 millisecond')`
  return id
}

export function wake(
  sql: RawSql,
  agentId: string,
  wish: Partial<WakeupRequest> = {},
  runner?: LocalRunner,
): Promise<WakeupAnswer> {
  return request(sql, { agentId, source: 'on_demand', triggerDetail: 'manual', actor: system, ...wish }, runner)
}

/** The runner beside a web server, with room for `free` runs of the worker `workerId`; and what it was handed. */
export function localRunner(workerId: string, free = 1): LocalRunner & { accepted: HeldRun[]; left(): number } {
  const accepted: HeldRun[] = []
  let left = free
  return {
    accepted,
    left: () => left,
    take() {
      if (left === 0) return null
      left -= 1
      return workerId
    },
    accept: (_serverId, run) => accepted.push(run),
  }
}

export async function claimOne(sql: RawSql, workerId: string): Promise<ClaimedRun> {
  const { runs } = await claim(sql, workerId, 1)
  const run = runs[0] && (await loadRun(sql, workerId, runs[0].id))
  if (!run) throw new Error('there was nothing to claim')
  return run
}

/** Wakes the agent and claims its run for a worker; runs that an earlier test left in the queue are claimed too. */
export async function started(
  sql: RawSql,
  agentId: string,
  workerId: string,
  wish: Partial<WakeupRequest> = {},
): Promise<ClaimedRun> {
  await wake(sql, agentId, wish)
  for (;;) {
    const run = await claimOne(sql, workerId)
    if (run.agentId === agentId) return run
  }
}

type Held = Pick<HeldRun, 'id' | 'agentId'>

export function endingOf(run: Held, workerId: string | null, more: Partial<Ending> = {}): Ending {
  return { runId: run.id, agentId: run.agentId, workerId, status: 'succeeded', errorCode: null, error: null, ...more }
}

export function failed(error = 'It failed.'): Partial<Ending> {
  return { status: 'failed', errorCode: 'nonzero_exit', error }
}

/** The ending that the reaper gives a run of a lost worker. */
export const lost = {
  status: 'failed',
  errorCode: 'runner_lost',
  error: 'The server that ran it was lost.',
  retry: 'runner_lost',
} as const satisfies Partial<Ending>

export async function ends(sql: RawSql, run: Held, workerId: string, more: Partial<Ending> = {}): Promise<Ended[]> {
  return await end(sql, [endingOf(run, workerId, more)])
}

export function report(more: Partial<NonNullable<Ending['report']>> = {}): Partial<Ending> {
  return { report: { summary: null, result: null, usage: null, sessionId: null, clearSession: false, ...more } }
}

export function charge(run: HeldRun, more: Partial<Charge> = {}): Charge {
  const tokens = { inputTokens: 10, outputTokens: 5, cachedInputTokens: 1 }
  const whose = { runId: run.id, agentId: run.agentId, companyId: run.companyId }
  const price = { costMicros: 4000, pricing: 'reported', idempotencyKey: 'result' } as const
  return { ...whose, provider: 'acme', model: 'tiny', ...tokens, ...price, ...more }
}

/** With its context as the API gives it. */
export async function runOf(sql: RawSql, runId: string): Promise<RunRow> {
  const [run] = await sql<RunRow[]>`
    select r.*, r.server_id as worker_id, ${sql.unsafe(wholeContext('r'))} as context_snapshot from heartbeat_runs r where id = ${runId}`
  if (!run) throw new Error(`no run ${runId}`)
  return run
}

export async function agentOf(sql: RawSql, agentId: string) {
  const [row] = await sql<
    { status: string; nextHeartbeatAt: Date | null; failuresInARow: number; lastRunFinishedAt: Date | null }[]
  >`select * from agents where id = ${agentId}`
  if (!row) throw new Error(`no agent ${agentId}`)
  return row
}

/** For tests that claim: what an earlier one left in the queue is gone. */
export async function clear(sql: RawSql): Promise<void> {
  await sql`truncate companies, servers, people, sign_in_links, live_events cascade`
}

/** Resolves when this many sessions of the database wait for a lock. */
export async function waiters(sql: RawSql, count: number): Promise<void> {
  for (;;) {
    const [row] = await sql<[{ waiting: number }]>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    if (row.waiting >= count) return
    await sleep(5)
  }
}
