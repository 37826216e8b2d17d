import { expect, it } from 'vitest'
import { csvOf } from './csv'

const item = {
  key: 'a',
  label: 'Ada, "the first"',
  inputTokens: 10,
  outputTokens: 5,
  cachedInputTokens: 1,
  costMicros: 1_234_567,
  estimatedMicros: 400,
  unpricedRuns: 2,
}

it('quotes fields that need it, and does not round money', () => {
  expect(csvOf([item]).split('\r\n').slice(1)).toEqual(['a,"Ada, ""the first""",1.234567,0.000400,2,10,1,5', ''])
})

it('keeps a name from being evaluated as a formula', () => {
  expect(csvOf([{ ...item, label: '=HYPERLINK("x")' }])).toContain(`"'=HYPERLINK(""x"")"`)
})
