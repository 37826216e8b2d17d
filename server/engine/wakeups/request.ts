import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { and, eq, ne } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agentWakeupRequests, heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import type { JsonObject } from '@/server/domain/json'
import { storable, storableText } from '@/server/domain/storable'
import {
  isRefusing,
  skipSentences,
  type TriggerDetail,
  type WakeupOutcome,
  type WakeupSource,
} from '@/server/domain/wakeup-status'
import { claimIn, type HeldRun, isSlotTaken } from '@/server/engine/runs/claim'
import { type RunSummary, runSummaryColumns } from '@/server/engine/runs/view'
import type { AuditActor } from '@/server/identity/activity/audit-actor'
import { type AgentCause, boundAgent } from './agent-bounds'
import { decide, type Verdict } from './decide'
import { load, lockAndLoad } from './facts'
import { countRefusal } from './repeated'
import { join, merge, type NewWakeup, queue, skip, type Written } from './write'

export type Wakeup = typeof agentWakeupRequests.$inferSelect

export type WakeupRequest = {
  agentId: string
  source: WakeupSource
  triggerDetail: TriggerDetail
  reason?: string | null
  payload?: unknown
  idempotencyKey?: string | null
  contextSnapshot?: JsonObject | null
  actor: AuditActor
  /** Set where an agent asks: what keeps agents from waking each other without end. */
  cause?: AgentCause
}

export type WakeupAnswer = { outcome: WakeupOutcome; wakeup: Wakeup; run: RunSummary | null }

/** The runner beside this server. */
export type LocalRunner = {
  /** The worker to claim a run for, while the runner has room. Each call takes up some of it. */
  take(): string | null
  /** A run is claimed for it, and committed. Where this gets lost, the runner finds the run by itself. */
  accept(serverId: string, run: HeldRun): void
}

/**
 * Records a wish that an agent runs, and decides in the same transaction what becomes of it. A new run is claimed in it
 * for the runner beside this server, where that has room, and handed to it. Errors: `not_found`,
 * `idempotency_conflict`, and the refusing skip reasons, whose receipt is stored all the same.
 */
export async function request(
  sql: RawSql,
  wish: WakeupRequest,
  runner: LocalRunner | null = null,
): Promise<WakeupAnswer> {
  const answer = await transaction(sql, (tx) => requestIn(tx, wish, runner)).catch((error) => {
    if (!runner || !isSlotTaken(error)) throw error
    // Another server took the slot of the company first: the run waits for its turn.
    return transaction(sql, (tx) => requestIn(tx, wish))
  })
  const { run } = answer
  if (hasStarted(answer) && run?.serverId) {
    runner?.accept(run.serverId, { id: run.id, agentId: run.agentId, companyId: run.companyId })
  }
  return refuse(answer)
}

/** Whether the wakeup's own run was claimed with it. */
export function hasStarted({ outcome, run }: WakeupAnswer): boolean {
  return outcome === 'queued' && run?.status === 'running'
}

/** The answer, unless it is a refusal, whose receipt is committed by now: that is an error. */
export function refuse(answer: WakeupAnswer): WakeupAnswer {
  const reason = answer.outcome === 'skipped' ? answer.wakeup.skipReason : null
  if (reason && isRefusing(reason)) throw new ApiError(reason, skipSentences[reason])
  return answer
}

/** The same within a transaction of the caller's; a refusal is an answer, not an error. */
export async function requestIn(tx: Tx, wish: WakeupRequest, runner: LocalRunner | null = null): Promise<WakeupAnswer> {
  const { companyId, facts } = await lockAndLoad(tx, wish.agentId)
  const wakeup: NewWakeup = {
    ...wish,
    id: randomUUID(),
    companyId,
    reason: wish.reason == null ? null : storableText(wish.reason),
    payload: storable(wish.payload ?? null),
    idempotencyKey: wish.idempotencyKey == null ? null : storableText(wish.idempotencyKey),
    contextSnapshot: storable(wish.contextSnapshot ?? null),
    wakeDepth: 0,
  }
  const earlier = await answerGivenBefore(tx, wakeup)
  if (earlier) return earlier
  const { verdict, depth } = await boundAgent(tx, wakeup, decide(facts, wish))
  const judged = { ...wakeup, wakeDepth: depth }
  const outcome = outcomeOf[verdict.kind]
  if (verdict.kind === 'queue') {
    const serverId = facts.runningRunIds.length < facts.policy.maxConcurrentRuns ? runner?.take() : null
    return { outcome, ...(await queueAndClaim(tx, judged, serverId ?? null)) }
  }
  const written = (await countRefusal(tx, judged, verdict)) ?? (await write(tx, judged, verdict))
  return { outcome, ...(await readAnswer(tx, written)) }
}

/** Sent together, in this order: nothing waits between what is written and its reading for the answer. */
async function queueAndClaim(tx: Tx, wakeup: NewWakeup, serverId: string | null) {
  const runId = randomUUID()
  const sent: Promise<unknown>[] = [queue(tx, [{ wakeup, runId }])]
  if (serverId) sent.push(claimIn(tx, serverId, 1, runId))
  const [answer] = await Promise.all([readAnswer(tx, { wakeupId: wakeup.id, runId }), ...sent])
  return answer
}

/** A timer's wakeups of agents that the caller has locked in an earlier statement. */
export async function requestByTimerIn(tx: Tx, agentIds: string[]): Promise<void> {
  const wish = { source: 'timer', triggerDetail: 'system', actor: { type: 'system', id: null } } as const
  const nothing = { reason: null, payload: null, idempotencyKey: null, contextSnapshot: null, wakeDepth: 0 }
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
    drizzleOn(tx).select().from(agentWakeupRequests).where(eq(agentWakeupRequests.id, wakeupId)),
    summaryOf(tx, runId),
  ])
  if (!wakeup) throw new Error('A wakeup is gone in the transaction that has written it.')
  return { wakeup, run }
}

const outcomeOf = { skip: 'skipped', merge: 'coalesced', queue: 'queued', join: 'coalesced' } as const satisfies Record<
  Verdict['kind'],
  WakeupOutcome
>

function write(tx: Tx, wakeup: NewWakeup, verdict: Exclude<Verdict, { kind: 'queue' }>) {
  switch (verdict.kind) {
    case 'skip':
      return skip(tx, wakeup, verdict.reason)
    case 'merge':
      return merge(tx, wakeup, verdict.runId)
    case 'join':
      return join(tx, wakeup, verdict.runId)
  }
}

async function summaryOf(tx: Tx, runId: string | null): Promise<RunSummary | null> {
  if (runId === null) return null
  const [run] = await drizzleOn(tx).select(runSummaryColumns).from(heartbeatRuns).where(eq(heartbeatRuns.id, runId))
  return run ?? null
}

async function answerGivenBefore(tx: Tx, wakeup: NewWakeup): Promise<WakeupAnswer | null> {
  if (wakeup.idempotencyKey === null) return null
  const { agentId, idempotencyKey, status } = agentWakeupRequests
  const isGivenBefore = and(eq(agentId, wakeup.agentId), eq(idempotencyKey, wakeup.idempotencyKey))
  const [earlier] = await drizzleOn(tx)
    .select()
    .from(agentWakeupRequests)
    .where(and(isGivenBefore, ne(status, 'skipped').inlineParams()))
  if (!earlier) return null
  const same =
    earlier.source === wakeup.source &&
    earlier.reason === wakeup.reason &&
    isDeepStrictEqual(earlier.payload, JSON.parse(JSON.stringify(wakeup.payload)))
  if (!same) {
    throw new ApiError(
      'idempotency_conflict',
      'This idempotencyKey was used for another wakeup of this agent: source, reason or payload differ. Use a new key.',
      'idempotencyKey',
    )
  }
  return { outcome: 'deduplicated', wakeup: earlier, run: await summaryOf(tx, earlier.runId) }
}
