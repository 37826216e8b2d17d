import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { and, eq, ne } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { prepared } from '@/db/drizzle'
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
  /** Set if an agent requests it: the bounds keep agents from waking each other endlessly. */
  cause?: AgentCause
}

export type WakeupAnswer = { outcome: WakeupOutcome; wakeup: Wakeup; run: RunSummary | null }

/** The runner beside this server. */
export type LocalRunner = {
  /** The worker to claim a run for, if the runner has a free slot; each call reserves one. */
  take(): string | null
  /** Hands over a run that is claimed for the worker and committed. If this message is lost, the runner finds the run. */
  accept(workerId: string, run: HeldRun): void
}

/**
 * Records a wakeup and decides on it in the same transaction. A new run is claimed in it for the runner beside this server,
 * if that has a free slot, and handed over. Errors: `not_found`, `idempotency_conflict`, and the skip reasons that refuse,
 * whose receipt is stored nevertheless.
 */
export async function request(
  sql: RawSql,
  given: WakeupRequest,
  runner: LocalRunner | null = null,
): Promise<WakeupAnswer> {
  const answer = await transaction(sql, (tx) => requestIn(tx, given, runner)).catch((error) => {
    if (!runner || !isSlotTaken(error)) throw error
    // Another server took the slot of the company first: the run is only queued.
    return transaction(sql, (tx) => requestIn(tx, given))
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

/** Throws if the answer is a skip that refuses. Its receipt must be committed before. */
export function refuse(answer: WakeupAnswer): WakeupAnswer {
  const reason = answer.outcome === 'skipped' ? answer.wakeup.skipReason : null
  if (reason && isRefusing(reason)) throw new ApiError(reason, skipSentences[reason])
  return answer
}

/** The same within the caller's transaction; a refusal is returned, not thrown. */
export async function requestIn(
  tx: Tx,
  given: WakeupRequest,
  runner: LocalRunner | null = null,
): Promise<WakeupAnswer> {
  const { companyId, facts } = await lockAndLoad(tx, given.agentId)
  const wakeup: NewWakeup = {
    ...given,
    id: randomUUID(),
    companyId,
    reason: given.reason == null ? null : storableText(given.reason),
    payload: storable(given.payload ?? null),
    idempotencyKey: given.idempotencyKey == null ? null : storableText(given.idempotencyKey),
    contextSnapshot: storable(given.contextSnapshot ?? null),
    wakeDepth: 0,
  }
  const earlier = await findDeduplicated(tx, wakeup)
  if (earlier) return earlier
  const { verdict, depth } = await boundAgent(tx, wakeup, decide(facts, given))
  const judged = { ...wakeup, wakeDepth: depth }
  const outcome = outcomeOf[verdict.kind]
  if (verdict.kind === 'queue') {
    const workerId = facts.runningRunIds.length < facts.policy.maxConcurrentRuns ? runner?.take() : null
    return { outcome, ...(await queueAndClaim(tx, judged, workerId ?? null)) }
  }
  const written = (await countRefusal(tx, judged, verdict)) ?? (await write(tx, judged, verdict))
  return { outcome, ...(await readAnswer(tx, written)) }
}

/** All statements are sent together, in order: the answer is read without another round trip. */
async function queueAndClaim(tx: Tx, wakeup: NewWakeup, workerId: string | null) {
  const runId = randomUUID()
  const sent: Promise<unknown>[] = [queue(tx, [{ wakeup, runId }])]
  if (workerId) sent.push(claimIn(tx, workerId, 1, runId))
  const [answer] = await Promise.all([readAnswer(tx, { wakeupId: wakeup.id, runId }), ...sent])
  return answer
}

/** Requests a timer's wakeup of each agent. The caller has locked them in an earlier statement. */
export async function requestByTimerIn(tx: Tx, agentIds: string[]): Promise<void> {
  const given = { source: 'timer', triggerDetail: 'system', actor: { type: 'system', id: null } } as const
  const nothing = { reason: null, payload: null, idempotencyKey: null, contextSnapshot: null, wakeDepth: 0 }
  const judged = (await load(tx, agentIds)).map(({ agentId, companyId, ...facts }) => ({
    wakeup: { ...given, ...nothing, id: randomUUID(), agentId, companyId },
    verdict: decide(facts, given),
  }))
  const fresh = judged.filter(({ verdict }) => verdict.kind === 'queue')
  await queue(
    tx,
    fresh.map(({ wakeup }) => ({ wakeup, runId: randomUUID() })),
  )
  for (const { wakeup, verdict } of judged) if (verdict.kind !== 'queue') await write(tx, wakeup, verdict)
}

const findWakeup = prepared(['wakeupId'], (db, { wakeupId }) =>
  db.select().from(agentWakeupRequests).where(eq(agentWakeupRequests.id, wakeupId)),
)

async function readAnswer(tx: Tx, { wakeupId, runId }: Written): Promise<Pick<WakeupAnswer, 'wakeup' | 'run'>> {
  const [[wakeup], run] = await Promise.all([findWakeup(tx, { wakeupId }), summaryOf(tx, runId)])
  if (!wakeup) throw new Error('A wakeup is missing in the transaction that wrote it.')
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

const findSummary = prepared(['runId'], (db, { runId }) =>
  db.select(runSummaryColumns).from(heartbeatRuns).where(eq(heartbeatRuns.id, runId)),
)

async function summaryOf(tx: Tx, runId: string | null): Promise<RunSummary | null> {
  if (runId === null) return null
  const [run] = await findSummary(tx, { runId })
  return run ?? null
}

const findByKey = prepared(['agentId', 'key'], (db, given) => {
  const { agentId, idempotencyKey, status } = agentWakeupRequests
  const hasKey = and(eq(agentId, given.agentId), eq(idempotencyKey, given.key))
  return db
    .select()
    .from(agentWakeupRequests)
    .where(and(hasKey, ne(status, 'skipped').inlineParams()))
})

async function findDeduplicated(tx: Tx, wakeup: NewWakeup): Promise<WakeupAnswer | null> {
  if (wakeup.idempotencyKey === null) return null
  const [earlier] = await findByKey(tx, { agentId: wakeup.agentId, key: wakeup.idempotencyKey })
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
