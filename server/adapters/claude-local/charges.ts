import type { ModelCharge, Usage } from '@/server/adapters/adapter'
import type { Reading } from '@/server/adapters/program'
import { asObject, asText, type JsonObject } from '@/server/domain/json'

type Charges = Reading['charges']
type TokenCounts = { inputTokens: unknown; outputTokens: unknown; cachedInputTokens: unknown }

const provider = 'anthropic'
/** A repeated message is counted once, by its id; messages beyond this number are not counted. */
const mostMessages = 10_000

/**
 * By model, in one where the parts do not add up to the total: that of `model`, where the result names none itself. The
 * figures of a resumed session may hold what it had used before.
 */
export function resultCharges(result: JsonObject, model: string | null): Charges {
  const total = result.total_cost_usd
  const byModel = Object.entries(asObject(result.modelUsage) ?? {}).map(([model, value]) => {
    const used = asObject(value) ?? {}
    return { provider, model, usage: modelUsage(used), costUsd: used.costUSD }
  })
  const parts = byModel.reduce((sum, { costUsd }) => sum + Number(costUsd ?? 0), 0)
  const isWhole = typeof total !== 'number' || Math.abs(parts - total) <= byModel.length * 1e-6
  if (byModel.length > 0 && isWhole) return byModel
  const usage = asObject(result.usage)
  if (!total && !hasTokens(usage)) return []
  return [{ provider, model: byModel[0]?.model ?? model, usage: usage && messageUsage(usage), costUsd: total }]
}

/** The run's own usage according to its result; the figures by model include its sub-agents. */
export function ownUsage(result: JsonObject): Usage {
  const { inputTokens, outputTokens, cachedInputTokens } = messageUsage(asObject(result.usage) ?? {})
  return {
    inputTokens: count(inputTokens),
    outputTokens: count(outputTokens),
    cachedInputTokens: count(cachedInputTokens),
  }
}

/** Whether the totals of a result are exactly the run's own usage. */
export function isOwnTotal(result: JsonObject): boolean {
  const models = Object.values(asObject(result.modelUsage) ?? {}).map((used) => modelUsage(asObject(used) ?? {}))
  const sum = (kind: keyof TokenCounts) => models.reduce((total, counts) => total + count(counts[kind]), 0)
  const own = ownUsage(result)
  return models.length === 0 || Object.entries(own).every(([kind, tokens]) => sum(kind as keyof Usage) === tokens)
}

/** The usage in the messages: the minimum that a stopped program has used, at an unknown cost. */
export function createMessageCharges() {
  const messages = new Map<string, { model: string | null; usage: JsonObject }>()
  return {
    /** One message is printed in several lines, each with the usage of the complete message. */
    add(message: JsonObject) {
      const id = asText(message.id)
      const usage = asObject(message.usage)
      if (!id || !usage || !hasTokens(usage) || messages.size >= mostMessages) return
      messages.set(id, { model: asText(message.model), usage })
    },
    total: () => [...messages.values()].reduce<MessageCharge[]>(added, []),
  }
}

type MessageCharge = ModelCharge & { provider: string; usage: Usage }

function added(
  charges: MessageCharge[],
  { model, usage }: { model: string | null; usage: JsonObject },
): MessageCharge[] {
  const counts = messageUsage(usage)
  const same = charges.find((charge) => charge.model === model)
  const sum = same?.usage
  const next = {
    inputTokens: count(sum?.inputTokens) + count(counts.inputTokens),
    outputTokens: count(sum?.outputTokens) + count(counts.outputTokens),
    cachedInputTokens: count(sum?.cachedInputTokens) + count(counts.cachedInputTokens),
  }
  return [...charges.filter((charge) => charge !== same), { provider, model, usage: next, costUsd: null }]
}

/** Tokens written to the cache are ordinary input; only tokens read from it are counted as cached. */
function messageUsage(usage: JsonObject): TokenCounts {
  return {
    inputTokens: plus(usage.input_tokens, usage.cache_creation_input_tokens),
    outputTokens: usage.output_tokens,
    cachedInputTokens: usage.cache_read_input_tokens,
  }
}

function modelUsage(used: JsonObject): TokenCounts {
  return {
    inputTokens: plus(used.inputTokens, used.cacheCreationInputTokens),
    outputTokens: used.outputTokens,
    cachedInputTokens: used.cacheReadInputTokens,
  }
}

function hasTokens(usage: JsonObject | null): boolean {
  if (!usage) return false
  return Object.values(messageUsage(usage)).some((value) => value !== undefined && value !== null && value !== 0)
}

/** An invalid figure is passed on unchanged, to be ignored later with a warning. */
function plus(a: unknown, b: unknown): unknown {
  return typeof a === 'number' && typeof b === 'number' ? a + b : a
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}
