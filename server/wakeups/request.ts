import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { RawSql, Tx } from '@/db/client'
import type { agentWakeupRequests } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { By } from '@/server/activity/by'
import { Failure } from '@/server/domain/errors'
import { storable, storableText } from '@/server/domain/storable'
import {
  isRefusing,
  skipSentences,
  type TriggerDetail,
  type WakeupOutcome,
  type WakeupSource,
} from '@/server/domain/wakeup-status'
import type { ClaimedRun } from '@/server/runs/claim'
import { type RunRow, type RunSummary, runSummary } from '@/server/runs/view'
import { type AgentCause, boundAgent, markDepth, repeatedRefusal } from './agent-bounds'
import { decide, type Facts, type Verdict } from './decide'
import { load, lockAndLoad, type StartFacts } from './facts'
import type { Taking } from './places'
import { join, merge, type QueueWish, queue, skip, type Written } from './write'

export type Wakeup = typeof agentWakeupRequests.$inferSelect

export type WakeupWish = {
  agentId: string
  source: WakeupSource
  triggerDetail: TriggerDetail
  reason?: string | null
  payload?: unknown
  idempotencyKey?: string | null
  contextSnapshot?: Record<string, unknown> | null
  actor: By
  /** Set where an agent asks: what keeps agents from waking each other without end. */
  cause?: AgentCause
}

/** A wish with its id, its text storable: what the statements of `write.ts` take. */
export type NewWakeup = Omit<WakeupWish, 'reason' | 'payload' | 'idempotencyKey' | 'contextSnapshot'> & {
  id: string
  companyId: string
  reason: string | null
  payload: unknown
  idempotencyKey: string | null
  contextSnapshot: Record<string, unknown> | null
}

export type WakeupAnswer = { outcome: WakeupOutcome; wakeup: Wakeup; run: RunSummary | null }

/**
 * Records a wish that an agent runs, and decides in the same transaction what becomes of it. A new run that can start at
 * once is started in it too, where the runner beside this server has lent a place. Errors: `not_found`,
 * `idempotency_conflict`, and the refusing skip reasons, whose receipt is stored all the same.
 */
export async function request(sql: RawSql, wish: WakeupWish, taking?: Taking): Promise<WakeupAnswer> {
  const answer = await transaction(sql, (tx) => requestIn(tx, wish, taking)).catch((error) => {
    taking?.failed(error)
    throw error
  })
  taking?.committed()
  return refuse(answer)
}

/** The answer, unless it is a refusal, whose receipt is committed by now: that is an error. */
export function refuse(answer: WakeupAnswer): WakeupAnswer {
  const reason = answer.outcome === 'skipped' ? answer.wakeup.skipReason : null
  if (reason && isRefusing(reason)) throw new Failure(reason, skipSentences[reason])
  return answer
}

/** The same within a transaction of the caller's; a refusal is an answer, not an error. */
export async function requestIn(tx: Tx, wish: WakeupWish, taking?: Taking): Promise<WakeupAnswer> {
  const { companyId, facts, start } = await lockAndLoad(tx, wish.agentId)
  const wakeup: NewWakeup = {
    ...wish,
    id: randomUUID(),
    companyId,
    reason: wish.reason == null ? null : storableText(wish.reason),
    payload: storable(wish.payload ?? null),
    idempotencyKey: wish.idempotencyKey == null ? null : storableText(wish.idempotencyKey),
    contextSnapshot: storable(wish.contextSnapshot ?? null),
  }
  const earlier = await answerGivenBefore(tx, wakeup)
  if (earlier) return earlier
  const { verdict, depth } = await boundAgent(tx, wakeup, decide(facts, wish))
  const outcome = outcomeOf[verdict.kind]
  if (verdict.kind === 'queue' && depth === 0) {
    return { outcome, ...(await queueOrStart(tx, { wakeup, runId: randomUUID() }, facts, start, taking)) }
  }
  const written = (await repeatedRefusal(tx, wakeup, verdict)) ?? (await write(tx, wakeup, verdict))
  if (depth > 0) await markDepth(tx, written.wakeupId, written.runId, depth)
  return { outcome, ...(await readAnswer(tx, written)) }
}

/** The answer is of what was queued, also where it has started in the same moment. */
async function queueOrStart(tx: Tx, wish: QueueWish, facts: Facts, start: StartFacts, taking?: Taking) {
  const { wakeup, runId } = wish
  const mayStart = start.companyLimit === null && facts.runningRunIds.length < facts.policy.maxConcurrentRuns
  const serverId = mayStart && taking ? taking.take() : null
  // Sent together: nothing waits between what is written and its reading for the answer.
  const [, [[stored], [run]]] = await Promise.all([
    queue(tx, [serverId ? { ...wish, start: { ...start, serverId, slot: freeSlot(start.runningSlots ?? []) } } : wish]),
    readRows(tx, wakeup.id, runId),
  ])
  if (run.status === 'running') taking?.started(claimedRun(run, start))
  return {
    wakeup: { ...stored, status: 'queued', claimedAt: null },
    run: runSummary({
      ...run,
      status: 'queued',
      startedAt: null,
      serverId: null,
      adapterType: null,
      sessionIdBefore: null,
    }),
  } as const
}

function freeSlot(taken: number[]): number {
  const slots = Array.from({ length: taken.length + 1 }, (_slot, at) => at)
  return slots.find((slot) => !taken.includes(slot)) ?? taken.length
}

function claimedRun(run: RunRow, { agentName, companyName, adapterType, adapterConfig }: StartFacts): ClaimedRun {
  const { id, companyId, agentId, invocationSource, contextSnapshot, sessionIdBefore, startedAt } = run
  const own = { id, companyId, agentId, invocationSource, contextSnapshot, sessionIdBefore, startedAt }
  return { ...own, agentName, companyName, adapterType, adapterConfig }
}

function readRows(tx: Tx, wakeupId: string, runId: string) {
  return Promise.all([
    tx<[Wakeup]>`select * from agent_wakeup_requests where id = ${wakeupId}`,
    tx<[RunRow]>`select * from heartbeat_runs where id = ${runId}`,
  ])
}

/** A timer's wakeups of agents that the caller has locked in an earlier statement. */
export async function requestByTimerIn(tx: Tx, agentIds: string[]): Promise<void> {
  const wish = { source: 'timer', triggerDetail: 'system', actor: { type: 'system', id: null } } as const
  const nothing = { reason: null, payload: null, idempotencyKey: null, contextSnapshot: null }
  const judged = (await load(tx, agentIds)).map(({ agentId, companyId, ...facts }) => ({
    wakeup: { ...wish, ...nothing, id: randomUUID(), agentId, companyId },
    verdict: decide(facts, wish),
  }))
  const fresh = judged.filter(({ verdict }) => verdict.kind === 'queue')
  await queue(
    tx,
    fresh.map(({ wakeup }) => ({ wakeup, runId: randomUUID() })),
  )
  for (const { wakeup, verdict } of judged) if (verdict.kind !== 'queue') await write(tx, wakeup, verdict)
}

async function readAnswer(tx: Tx, { wakeupId, runId }: Written): Promise<Pick<WakeupAnswer, 'wakeup' | 'run'>> {
  const [[wakeup], run] = await Promise.all([
    tx<[Wakeup]>`select * from agent_wakeup_requests where id = ${wakeupId}`,
    summaryOf(tx, runId),
  ])
  return { wakeup, run }
}

const outcomeOf = { skip: 'skipped', merge: 'coalesced', queue: 'queued', join: 'coalesced' } as const satisfies Record<
  Verdict['kind'],
  WakeupOutcome
>

function write(tx: Tx, wakeup: NewWakeup, verdict: Verdict) {
  switch (verdict.kind) {
    case 'skip':
      return skip(tx, wakeup, verdict.reason)
    case 'queue':
      return queueOne(tx, wakeup)
    case 'merge':
      return merge(tx, wakeup, verdict.runId)
    case 'join':
      return join(tx, wakeup, verdict.runId)
  }
}

async function queueOne(tx: Tx, wakeup: NewWakeup): Promise<Written> {
  const runId = randomUUID()
  await queue(tx, [{ wakeup, runId }])
  return { wakeupId: wakeup.id, runId }
}

async function summaryOf(tx: Tx, runId: string | null): Promise<RunSummary | null> {
  if (runId === null) return null
  const [run] = await tx<RunRow[]>`select * from heartbeat_runs where id = ${runId}`
  return run ? runSummary(run) : null
}

async function answerGivenBefore(tx: Tx, wakeup: NewWakeup): Promise<WakeupAnswer | null> {
  if (wakeup.idempotencyKey === null) return null
  const [earlier] = await tx<Wakeup[]>`
    select * from agent_wakeup_requests
    where agent_id = ${wakeup.agentId} and idempotency_key = ${wakeup.idempotencyKey} and status <> 'skipped'`
  if (!earlier) return null
  const same =
    earlier.source === wakeup.source &&
    earlier.reason === wakeup.reason &&
    isDeepStrictEqual(earlier.payload, JSON.parse(JSON.stringify(wakeup.payload)))
  if (!same) {
    throw new Failure(
      'idempotency_conflict',
      'This idempotencyKey was used for another wakeup of this agent: source, reason or payload differ. Use a new key.',
      'idempotencyKey',
    )
  }
  return { outcome: 'deduplicated', wakeup: earlier, run: await summaryOf(tx, earlier.runId) }
}
