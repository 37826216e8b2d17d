import { expect, test } from 'vitest'
import { formatMicros, microsOfUsd } from './money'

test.each([
  [0, 0],
  [0.004, 4000],
  [0.0000004, 0],
  [0.0000005, 1],
  [19.99, 19_990_000],
  [100_000, 100_000_000_000],
  [100_000.01, null],
  [-0.01, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ['1', null],
  [null, null],
])('%j dollars are %j micro-dollars', (usd, micros) => {
  expect(microsOfUsd(usd)).toBe(micros)
})

test.each([
  [0, '$0.00'],
  [1, '$0.000001'],
  [400, '$0.0004'],
  [4000, '$0.004'],
  [10_000, '$0.01'],
  [123_456, '$0.12'],
  [1_000_000, '$1.00'],
  [20_000_000, '$20.00'],
  [-4000, '-$0.004'],
  [15, '$0.000015'],
  [1990, '$0.002'],
  [19_900, '$0.02'],
  [19_999, '$0.02'],
  [99_900, '$0.10'],
  [994_999, '$0.99'],
  [996_000, '$1.00'],
  [1_005_000, '$1.01'],
  [123_456_789_995_000, '$123456790.00'],
])('%i micro-dollars read %s', (micros, text) => {
  expect(formatMicros(micros)).toBe(text)
})
