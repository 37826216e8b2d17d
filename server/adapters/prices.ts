/** The day on which the lists below were compared with what Anthropic and OpenAI publish. */
export const pricesAsOf = '2026-11-05'

/** Micro-dollars per million tokens, at the standard rate. */
export type Price = readonly [input: number, cachedInput: number, output: number]

/**
 * Only models with a single price. If the price depends on the length of each prompt (claude-haiku-5-5), it does not
 * follow from the sum of a run's tokens. A model that is not listed is unpriced, even if it resembles a listed one.
 */
const anthropic: Record<string, Price> = {
  'claude-fable-5-1': [10_000_000, 250_000, 50_000_000],
  'claude-fable-5': [10_000_000, 1_000_000, 50_000_000],
  'claude-opus-5-5': [4_000_000, 200_000, 20_000_000],
  'claude-opus-5': [5_000_000, 500_000, 25_000_000],
  'claude-opus-4-8': [5_000_000, 500_000, 25_000_000],
  'claude-opus-4-7': [5_000_000, 500_000, 25_000_000],
  'claude-opus-4-6': [5_000_000, 500_000, 25_000_000],
  'claude-opus-4-5': [5_000_000, 500_000, 25_000_000],
  'claude-opus-4-1': [15_000_000, 1_500_000, 75_000_000],
  'claude-opus-4': [15_000_000, 1_500_000, 75_000_000],
  'claude-sonnet-5-5': [2_000_000, 100_000, 10_000_000],
  'claude-sonnet-5': [2_000_000, 200_000, 10_000_000],
  'claude-sonnet-4-6': [3_000_000, 300_000, 15_000_000],
  'claude-sonnet-4-5': [3_000_000, 300_000, 15_000_000],
  'claude-sonnet-4': [3_000_000, 300_000, 15_000_000],
  'claude-3-7-sonnet': [3_000_000, 300_000, 15_000_000],
  'claude-3-5-sonnet': [3_000_000, 300_000, 15_000_000],
  'claude-haiku-4-5': [1_000_000, 100_000, 5_000_000],
  'claude-3-5-haiku': [800_000, 80_000, 4_000_000],
}

const openai: Record<string, Price> = {
  'gpt-5.5': [5_000_000, 500_000, 30_000_000],
  'gpt-5.4': [2_500_000, 250_000, 15_000_000],
  'gpt-5.4-mini': [750_000, 75_000, 4_500_000],
  'gpt-5.4-nano': [200_000, 20_000, 1_250_000],
  'gpt-5.3-codex': [1_750_000, 175_000, 14_000_000],
  'gpt-5.2': [1_750_000, 175_000, 14_000_000],
  'gpt-5.2-codex': [1_750_000, 175_000, 14_000_000],
  'gpt-5.1': [1_250_000, 125_000, 10_000_000],
  'gpt-5': [1_250_000, 125_000, 10_000_000],
  'gpt-5-codex': [1_250_000, 125_000, 10_000_000],
  'gpt-5-mini': [250_000, 25_000, 2_000_000],
  'gpt-5-nano': [50_000, 5_000, 400_000],
  'gpt-4.1': [2_000_000, 500_000, 8_000_000],
  'gpt-4.1-mini': [400_000, 100_000, 1_600_000],
  'gpt-4.1-nano': [100_000, 25_000, 400_000],
  'gpt-4o': [2_500_000, 1_250_000, 10_000_000],
  'gpt-4o-mini': [150_000, 75_000, 600_000],
  o3: [2_000_000, 500_000, 8_000_000],
  'o4-mini': [1_100_000, 275_000, 4_400_000],
}

const lists = { anthropic, openai }

/** A model with the suffix `-20250929`, `-2025-04-14` or `-latest` has the price of the model without it. */
const edition = /-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/

/** The price of a model that its own maker serves, else null: resellers set their own prices. */
export function priceOf(provider: string | null, model: string | null): Price | null {
  const name = model?.toLowerCase().replace(edition, '') ?? ''
  const [, list] =
    Object.entries(lists).find(([maker, known]) => isMaker(provider, maker) && Object.hasOwn(known, name)) ?? []
  return list?.[name] ?? null
}

function isMaker(provider: string | null, maker: string): boolean {
  return provider === null || provider.toLowerCase() === maker
}
