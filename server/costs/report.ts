import type { RawSql } from '@/db/client'
import { notFound } from '@/server/domain/errors'
import { formatMicros, microsOfUsd } from '@/server/domain/money'
import { storableText } from '@/server/domain/storable'
import { stopForBudgetIn } from '@/server/runs/cancel'
import { appendEventsIn, lockRuns, type NewRunEvent } from '@/server/runs/events'
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

/** `booked` is false when this key was reported before: then nothing is added. `costMicros` is null where no cost was given. */
export type CostReceipt = { booked: boolean; costMicros: number | null; stopped: boolean }

/** Books what a run has used while it goes on, and stops it when that spends a budget. */
export async function reportCost(sql: RawSql, report: CostReport): Promise<CostReceipt> {
  return await sql.begin(async (tx) => {
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
    return { booked: isBooked, costMicros: charge.costMicros, stopped: isStopped }
  })
}

function chargeOf(report: CostReport, run: { agentId: string; companyId: string }): Charge {
  const costMicros = report.costUsd == null ? null : microsOfUsd(report.costUsd)
  return {
    runId: report.runId,
    agentId: run.agentId,
    companyId: run.companyId,
    provider: storableText(report.provider),
    model: storableText(report.model),
    inputTokens: report.inputTokens,
    outputTokens: report.outputTokens,
    cachedInputTokens: report.cachedInputTokens ?? 0,
    costMicros,
    pricing: costMicros === null ? 'unpriced' : 'reported',
    idempotencyKey: `reported ${storableText(report.idempotencyKey)}`,
  }
}

export function usageEvent(charge: Charge): NewRunEvent {
  const { provider, model, inputTokens, outputTokens, cachedInputTokens, costMicros } = charge
  const cost = costMicros === null ? 'unpriced' : formatMicros(costMicros)
  const message = `Used ${inputTokens} tokens in, ${outputTokens} out with ${model}: ${cost}.`
  return {
    eventType: 'usage',
    message,
    payload: { provider, model, inputTokens, outputTokens, cachedInputTokens, costMicros },
  }
}
