import type { ModelCharge, Usage } from './adapter'

const kinds = ['inputTokens', 'outputTokens', 'cachedInputTokens'] as const

export function tokensOf(usage: Usage | null): number {
  return kinds.reduce((total, kind) => total + (usage?.[kind] ?? 0), 0)
}

export function sumOf(usages: (Usage | null)[]): Usage {
  const sum = (kind: keyof Usage) => usages.reduce((total, usage) => total + (usage?.[kind] ?? 0), 0)
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
  }
}

/** Null where a count would become negative. */
export function minus(total: Usage, part: Usage): Usage | null {
  const rest = {
    inputTokens: total.inputTokens - part.inputTokens,
    outputTokens: total.outputTokens - part.outputTokens,
    cachedInputTokens: total.cachedInputTokens - part.cachedInputTokens,
  }
  return kinds.every((kind) => rest[kind] >= 0) ? rest : null
}

/** The sum of charges, under the model with the most tokens; its cost is the sum of the known costs. */
export function totalOf(charges: ModelCharge[]): ModelCharge {
  const main = charges.reduce((most, charge) => (tokensOf(charge.usage) > tokensOf(most.usage) ? charge : most))
  const priced = charges.filter((charge) => charge.costUsd !== null)
  return {
    provider: main.provider,
    model: main.model,
    usage: sumOf(charges.map((charge) => charge.usage)),
    costUsd: priced.length > 0 ? priced.reduce((total, charge) => total + (charge.costUsd ?? 0), 0) : null,
  }
}
