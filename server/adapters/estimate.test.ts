import { describe, expect, it } from 'vitest'
import { amountOf } from './estimate'
import { priceOf } from './prices'

const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedInputTokens: 2_000_000 }
const nothingTold = { provider: 'anthropic', model: 'claude-sonnet-4-5', usage, costUsd: null }

describe('the charge of a run', () => {
  it('is the cost that its program reported, whatever the list says', () => {
    expect(amountOf({ ...nothingTold, costUsd: 0.000005 })).toEqual({ costMicros: 5, pricing: 'reported' })
    expect(amountOf({ ...nothingTold, costUsd: 0, usage: null })).toEqual({ costMicros: 0, pricing: 'reported' })
  })

  it('is otherwise the list price of its tokens: 1 M × $3, 0.1 M × $15, 2 M × $0.30', () => {
    expect(amountOf(nothingTold)).toEqual({ costMicros: 5_100_000, pricing: 'estimated' })
  })

  it('is not 0 where 0 is reported for used tokens', () => {
    expect(amountOf({ ...nothingTold, costUsd: 0 })).toEqual({ costMicros: 5_100_000, pricing: 'estimated' })
    expect(amountOf({ ...nothingTold, costUsd: 0, model: 'mystery' })).toEqual({
      costMicros: null,
      pricing: 'unpriced',
    })
  })

  it('is exact to the micro-dollar for as many tokens as a run can report, and never 0', () => {
    const many = { inputTokens: 2_999_999_999, outputTokens: 1, cachedInputTokens: 0 }
    expect(amountOf({ ...nothingTold, usage: many })).toMatchObject({ costMicros: 9_000_000_012 })
    const one = { inputTokens: 1, outputTokens: 0, cachedInputTokens: 0 }
    expect(amountOf({ provider: 'openai', model: 'gpt-5-nano', usage: one, costUsd: null }).costMicros).toBe(1)
    const none = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 }
    expect(amountOf({ ...nothingTold, usage: none }).costMicros).toBe(0)
  })

  it('is unknown, not free, for an unlisted model, without tokens, or above the most that a run can cost', () => {
    const unpriced = { costMicros: null, pricing: 'unpriced' }
    expect(amountOf({ ...nothingTold, model: 'claude-sonnet-9' })).toEqual(unpriced)
    expect(amountOf({ ...nothingTold, model: null })).toEqual(unpriced)
    expect(amountOf({ ...nothingTold, usage: null })).toEqual(unpriced)
    expect(amountOf({ ...nothingTold, usage: { ...usage, inputTokens: 1_000_000_000_000 } })).toEqual(unpriced)
  })
})

describe('the price list', () => {
  it('lists a model by its name and its dated versions, and no others', () => {
    const sonnet = priceOf('anthropic', 'claude-sonnet-4-5')
    expect(sonnet).toEqual([3_000_000, 300_000, 15_000_000])
    expect(priceOf('anthropic', 'claude-sonnet-4-5-20250929')).toBe(sonnet)
    expect(priceOf('Anthropic', 'Claude-Sonnet-4-5')).toBe(sonnet)
    expect(priceOf(null, 'claude-sonnet-4-5')).toBe(sonnet)
    expect(priceOf('openai', 'gpt-4.1-mini-2025-04-14')).toBe(priceOf('openai', 'gpt-4.1-mini'))
    for (const model of ['claude-sonnet-4-5-fast', 'my-claude-sonnet-4-5', 'gpt-5-mini-2', 'constructor', ''])
      expect(priceOf(null, model)).toBeNull()
  })

  it('is that of the vendors, not of resellers', () => {
    expect(priceOf('openai', 'claude-sonnet-4-5')).toBeNull()
    expect(priceOf('bedrock', 'claude-sonnet-4-5')).toBeNull()
  })
})
