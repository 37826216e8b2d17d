import { maxRunCostMicros, microsOfUsd } from '@/server/domain/money'
import type { Usage } from './adapter'
import { priceOf } from './prices'
import { tokensOf } from './usage'

export type ReportedCharge = {
  provider: string | null
  model: string | null
  usage: Usage | null
  costUsd: number | null
}
export type Amount =
  | { costMicros: number; pricing: 'reported' | 'estimated' }
  | { costMicros: null; pricing: 'unpriced' }

/**
 * The cost that a program reported, or an estimate from its tokens and the price lists. An unknown cost is unpriced, not
 * free. A program that reports 0 for used tokens does not know the price.
 */
export function amountOf(charge: ReportedCharge): Amount {
  const isReported = charge.costUsd !== 0 || tokensOf(charge.usage) === 0
  const reported = isReported ? microsOfUsd(charge.costUsd) : null
  if (reported !== null) return { costMicros: reported, pricing: 'reported' }
  const costMicros = estimate(charge)
  return costMicros === null ? { costMicros, pricing: 'unpriced' } : { costMicros, pricing: 'estimated' }
}

const million = 1_000_000n

/** Whole micro-dollars, rounded to the nearest but never down to 0. Big integers keep the products exact. */
function estimate({ provider, model, usage }: ReportedCharge): number | null {
  const price = priceOf(provider, model)
  if (!price || !usage) return null
  const tokens = [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens]
  const exact = price.reduce((sum, micros, kind) => sum + BigInt(micros) * BigInt(tokens[kind] ?? 0), 0n)
  const rounded = (exact + million / 2n) / million
  const micros = Number(rounded === 0n && exact > 0n ? 1n : rounded)
  return micros <= maxRunCostMicros ? micros : null
}
