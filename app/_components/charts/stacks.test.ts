import { expect, test } from 'vitest'
import { stacksOf } from './stacks'

const columns: { key: string; values: Record<string, number> }[] = [
  { key: 'a', values: { good: 3, bad: 4 } },
  { key: 'b', values: { good: 0, bad: 2 } },
  { key: 'c', values: {} },
]

test('bars are stacked in the order of the series, and values of zero have no bar', () => {
  const { bars, highest, ticks } = stacksOf(columns, ['good', 'bad'])
  expect(bars).toEqual([
    { series: 'good', column: 0, bottom: 0, top: 3 },
    { series: 'bad', column: 0, bottom: 3, top: 7 },
    { series: 'bad', column: 1, bottom: 0, top: 2 },
  ])
  expect(highest).toBeGreaterThanOrEqual(7)
  expect(ticks.every(Number.isInteger)).toBe(true)
})

test('columns share the width evenly, with their bars centred', () => {
  const { step, width, left, middle } = stacksOf(columns, ['good'])
  expect(step).toBeCloseTo(100 / 3)
  expect(width).toBeLessThan(step)
  expect([0, 1, 2].map(middle)).toEqual([50 / 3, 50, 250 / 3].map((at) => expect.closeTo(at)))
  expect(left(2) + width).toBeLessThan(100)
})

test('a chart without values has an axis, and ticks of dollars may be fractions', () => {
  expect(stacksOf([], ['good'])).toMatchObject({ bars: [], highest: 1, ticks: [0, 1] })
  expect(stacksOf([{ key: 'a', values: { cost: 0 } }], ['cost'], { whole: false })).toMatchObject({
    bars: [],
    highest: 1,
  })
  const cents = stacksOf([{ key: 'a', values: { cost: 0.0042 } }], ['cost'], { whole: false })
  expect(cents.highest).toBeGreaterThanOrEqual(0.0042)
  expect(cents.ticks.length).toBeGreaterThan(2)
})
