import type { Adapter, ModelCharge, Outcome } from '@/server/adapters/adapter'
import { amountOf } from '@/server/adapters/estimate'
import type { ClaimedRun } from '@/server/engine/runs/load'
import type { Charge } from './book'

/**
 * What a run is booked with: one charge per model, in micro-dollars. Tokens without a cost are estimated by the price
 * list where it has their model; else they are unpriced, not free.
 */
export function chargesOf(
  run: Pick<ClaimedRun, 'id' | 'agentId' | 'companyId'>,
  outcome: Outcome,
  { isUnpriced = false }: Pick<Adapter, 'isUnpriced'> = {},
): Charge[] {
  const charges = (outcome.charges ?? [outcome]).filter(({ usage, costUsd }) => usage !== null || costUsd !== null)
  return charges.map((charge, index) => {
    const { usage } = charge
    const { provider, model } = namesOf(charge)
    const isFirst =
      charges.findIndex((other) => other.provider === charge.provider && other.model === charge.model) === index
    return {
      runId: run.id,
      agentId: run.agentId,
      companyId: run.companyId,
      provider,
      model,
      inputTokens: usage?.inputTokens ?? 0,
      outputTokens: usage?.outputTokens ?? 0,
      cachedInputTokens: usage?.cachedInputTokens ?? 0,
      ...amountsOf(charge, isUnpriced),
      // A key is booked once: of two charges under one name neither may be lost.
      idempotencyKey: `result ${provider} ${model}${isFirst ? '' : ` ${index}`}`,
    }
  })
}

function namesOf({ provider, model }: ModelCharge) {
  return { provider: provider ?? 'unknown', model: model ?? 'unknown' }
}

function amountsOf({ provider, model, usage, costUsd }: ModelCharge, isUnpriced: boolean) {
  return amountOf({ provider, model: isUnpriced ? null : model, usage, costUsd })
}
