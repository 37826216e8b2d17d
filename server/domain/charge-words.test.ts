import { expect, it } from 'vitest'
import { costWords, tokenWords } from './charge-words'

const tokens = { inputTokens: 1200, outputTokens: 40, cachedInputTokens: 0 }
const reported = { ...tokens, pricing: 'reported', costMicros: 20_000 } as const
const estimated = { ...tokens, pricing: 'estimated', costMicros: 400, cachedInputTokens: 300 } as const
const unpriced = { ...tokens, pricing: 'unpriced', costMicros: null } as const

it('shows whether a cost was reported, estimated or is unknown', () => {
  expect(costWords([])).toBeNull()
  expect(costWords([reported, reported])).toBe('$0.04')
  expect(costWords([estimated])).toBe('~$0.0004 estimated')
  expect(costWords([reported, estimated])).toBe('$0.02 (~$0.0004 estimated)')
  expect(costWords([unpriced])).toBe('unpriced')
  expect(costWords([estimated, unpriced])).toBe('~$0.0004 estimated, and unpriced tokens')
})

it('sums tokens by kind', () => {
  expect(tokenWords([reported, estimated])).toBe('2,400 in · 300 cached · 80 out')
  expect(tokenWords([unpriced])).toBe('1,200 in · 40 out')
  expect(tokenWords([{ ...reported, inputTokens: 0, outputTokens: 0 }])).toBeNull()
})
