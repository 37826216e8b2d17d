import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import { formatCost } from '@/server/domain/money'
import { storableText } from '@/server/domain/storable'
import { stopForBudgetIn } from '@/server/runs/cancel'
import { appendEventsIn, lockRuns, type NewRunEvent } from '@/server/runs/events'
import { book, type Charge } from './book'
import { amountOf } from './estimate'

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
 * `booked` is false when this key was reported before: then nothing is added, and what was booked then is answered.
 * Without a `costUsd` the tokens of a known model are estimated; `costMicros` is null where they are unpriced.
 */
export type CostReceipt = { booked: boolean; stopped: boolean } & Pick<Charge, 'costMicros' | 'pricing'>

/** Books what a run has used while it goes on, and stops it when that spends a budget. */
export async function reportCost(sql: RawSql, report: CostReport): Promise<CostReceipt> {
  return await transaction(sql, async (tx) => {
    await tx`
      select from agents where id = (select agent_id from heartbeat_runs where id = ${report.runId}) for no key update`
    // Agent, run, then the spend of the company: in the order in which endings lock them.
    await lockRuns(tx, tx`id = ${report.runId}`)
    const [run] = await tx<[{ agentId: string; companyId: string; isRunning: boolean }?]>`
      select agent_id, company_id, status = 'running' as is_running from heartbeat_runs where id = ${report.runId}`
    if (!run) throw notFound('run')
    const charge = chargeOf(report, run)
    const [booking] = await book(tx, [charge])
    const isBooked = booking?.isBooked ?? false
    if (run.isRunning && isBooked)
      await appendEventsIn(tx, report.runId, [usageEvent(charge), ...(booking?.events ?? [])])
    const isStopped = run.isRunning && isBooked && (booking?.isExceeded ?? false)
    if (isStopped) await stopForBudgetIn(tx, report.runId)
    const { costMicros, pricing } = isBooked ? charge : await bookedBefore(tx, charge)
    return { booked: isBooked, costMicros, pricing, stopped: isStopped }
  })
}

type Price = Pick<Charge, 'costMicros' | 'pricing'>

async function bookedBefore(tx: Tx, { runId, idempotencyKey, costMicros, pricing }: Charge): Promise<Price> {
  const [booked] = await tx<[Price?]>`
    select cost_micros::float8, pricing from cost_events
    where run_id = ${runId} and idempotency_key = ${idempotencyKey}`
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
  const whose = model === 'unknown' ? '' : ` with ${model}`
  const hasTokens = inputTokens + outputTokens + cachedInputTokens > 0
  const used = hasTokens ? `Used ${inputTokens} tokens in${cached}, ${outputTokens} out` : 'Charged'
  const message = `${used}${whose}: ${cost}.`
  return {
    eventType: 'usage',
    message,
    payload: { provider, model, inputTokens, outputTokens, cachedInputTokens, costMicros, pricing },
  }
}
