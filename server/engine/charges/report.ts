import { and, eq, inArray } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agents, costEvents, heartbeatRuns } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { amountOf } from '@/server/adapters/estimate'
import { notFound } from '@/server/domain/errors'
import { formatCost } from '@/server/domain/money'
import type { NewRunEvent } from '@/server/domain/run-event'
import { storableText } from '@/server/domain/storable'
import { stopForBudgetIn } from '@/server/engine/runs/cancel'
import { appendEventsIn } from '@/server/engine/runs/events'
import { book, type Charge } from './book'

export type CostReport = {
  runId: string
  provider: string
  model: string
  inputTokens: number
  outputTokens: number
  cachedInputTokens?: number
  costUsd?: number | null
  idempotencyKey: string
}

/**
 * `booked` is false if this key was reported before: nothing is added, and the receipt has the amounts of the earlier report.
 * Without a `costUsd` the cost is estimated from the tokens of a known model; `costMicros` is null if it is unpriced.
 */
export type CostReceipt = { booked: boolean; stopped: boolean } & Pick<Charge, 'costMicros' | 'pricing'>

/** Books a charge of a run, and stops the run if it is running and the charge exhausts a budget. */
export async function reportCost(sql: RawSql, report: CostReport): Promise<CostReceipt> {
  return await transaction(sql, async (tx) => {
    const run = await lock(tx, report.runId)
    if (!run) throw notFound('run')
    const charge = chargeOf(report, run)
    const [booking] = await book(tx, [charge])
    const isBooked = booking?.isBooked ?? false
    const isRunning = run.status === 'running'
    if (isRunning && isBooked) await appendEventsIn(tx, report.runId, [usageEvent(charge), ...(booking?.events ?? [])])
    const isStopped = isRunning && isBooked && (booking?.isExceeded ?? false)
    if (isStopped) await stopForBudgetIn(tx, report.runId)
    const { costMicros, pricing } = isBooked ? charge : await earlierPrice(tx, charge)
    return { booked: isBooked, costMicros, pricing, stopped: isStopped }
  })
}

/** Locks the agent, then the run. Booking locks the company's spend. Endings lock in the same order. */
async function lock(tx: Tx, runId: string) {
  const db = drizzleOn(tx)
  const agentOfRun = db.select({ id: heartbeatRuns.agentId }).from(heartbeatRuns).where(eq(heartbeatRuns.id, runId))
  await db.select({ id: agents.id }).from(agents).where(inArray(agents.id, agentOfRun)).for('no key update')
  const [run] = await db
    .select({ agentId: heartbeatRuns.agentId, companyId: heartbeatRuns.companyId, status: heartbeatRuns.status })
    .from(heartbeatRuns)
    .where(eq(heartbeatRuns.id, runId))
    .for('no key update')
  return run
}

type Price = Pick<Charge, 'costMicros' | 'pricing'>

async function earlierPrice(tx: Tx, { runId, idempotencyKey, costMicros, pricing }: Charge): Promise<Price> {
  const [booked] = await drizzleOn(tx)
    .select({ costMicros: costEvents.costMicros, pricing: costEvents.pricing })
    .from(costEvents)
    .where(and(eq(costEvents.runId, runId), eq(costEvents.idempotencyKey, idempotencyKey)))
  return booked ?? { costMicros, pricing }
}

function chargeOf(report: CostReport, run: { agentId: string; companyId: string }): Charge {
  const { inputTokens, outputTokens, cachedInputTokens = 0 } = report
  const usage = { inputTokens, outputTokens, cachedInputTokens }
  return {
    runId: report.runId,
    agentId: run.agentId,
    companyId: run.companyId,
    provider: storableText(report.provider),
    model: storableText(report.model),
    ...usage,
    ...amountOf({ provider: report.provider, model: report.model, usage, costUsd: report.costUsd ?? null }),
    idempotencyKey: `reported ${storableText(report.idempotencyKey)}`,
  }
}

export function usageEvent(charge: Charge): NewRunEvent {
  const { provider, model, inputTokens, outputTokens, cachedInputTokens, costMicros, pricing } = charge
  const cost = formatCost(costMicros, pricing === 'estimated')
  const cached = cachedInputTokens > 0 ? `, ${cachedInputTokens} cached` : ''
  const withModel = model === 'unknown' ? '' : ` with ${model}`
  const hasTokens = inputTokens + outputTokens + cachedInputTokens > 0
  const used = hasTokens ? `Used ${inputTokens} tokens in${cached}, ${outputTokens} out` : 'Charged'
  const message = `${used}${withModel}: ${cost}.`
  return {
    eventType: 'usage',
    message,
    payload: { provider, model, inputTokens, outputTokens, cachedInputTokens, costMicros, pricing },
  }
}
