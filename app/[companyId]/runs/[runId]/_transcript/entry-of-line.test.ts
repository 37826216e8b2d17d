import { expect, test } from 'vitest'
import { entryOfLine } from './entry-of-line'

test('a line leads to the entry that was made from it, or to the entry before', () => {
  const sources = [[2], [4, 9], [6], [8]]
  expect([2, 3, 4, 5, 9, 100].map((line) => entryOfLine(sources, line))).toEqual([0, 0, 1, 1, 1, 3])
  expect(entryOfLine(sources, 1)).toBe(-1)
})
