import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowHeights } from './row-heights'

const measures = fc.array(fc.tuple(fc.integer({ min: 0, max: 1999 }), fc.integer({ min: 1, max: 300 })), {
  maxLength: 60,
})

test('the top of a row is the sum of the heights before it', () => {
  fc.assert(
    fc.property(measures, (given) => {
      const heights = createRowHeights(18)
      heights.resize(2000)
      const plain = Array<number>(2000).fill(18)
      for (const [row, px] of given) {
        expect(heights.measure(row, px)).toBe(plain[row] !== px)
        plain[row] = px
      }
      let top = 0
      for (const [row, px] of plain.entries()) {
        if (row % 97 === 0 || given.some(([at]) => Math.abs(at - row) < 2)) {
          expect(heights.topOf(row)).toBe(top)
          expect([heights.rowAt(top), heights.rowAt(top + px - 1)]).toEqual([row, row])
        }
        top += px
      }
      expect(heights.total()).toBe(top)
    }),
  )
})

test('a row among a million is found fast', () => {
  const heights = createRowHeights(18)
  heights.resize(1_000_000)
  for (let row = 0; row < 1_000_000; row += 1000) heights.measure(row, 36)
  expect(heights.total()).toBe(18_018_000)
  expect(heights.rowAt(heights.topOf(777_777))).toBe(777_777)
  expect(heights.rowAt(1e9)).toBe(999_999)
  heights.forget()
  expect(heights.total()).toBe(18_000_000)
})
