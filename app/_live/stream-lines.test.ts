import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createStreamLines } from './stream-lines'

const blocks = fc.array(
  fc.tuple(fc.constantFrom('stdout' as const, 'stderr' as const), fc.integer({ min: 0, max: 5 })),
  { maxLength: 30 },
)

test('maps rows to their lines, and lines to the next row of the stream', () => {
  fc.assert(
    fc.property(blocks, (given) => {
      const map = createStreamLines('stderr')
      for (const [stream, count] of given) map.add(stream, count)
      const all = given.flatMap(([stream, count]) => Array.from({ length: count }, () => stream))
      const numbers = all.flatMap((stream, at) => (stream === 'stderr' ? [at + 1] : []))
      expect(map.lines()).toBe(all.length)
      expect(map.rows()).toBe(numbers.length)
      expect(numbers.map((_, at) => map.lineOf(at + 1))).toEqual(numbers)
      for (let line = 1; line <= all.length; line++) {
        expect(map.rowOf(line)).toBe(numbers.filter((number) => number < line).length + 1)
      }
    }),
  )
})

test('text without a newline is a row of its own, with the number of its line', () => {
  const map = createStreamLines('stdout')
  map.add('stdout', 2)
  map.add('stderr', 3)
  map.leaveUnended(4)
  expect([map.rows(), map.endedRows(), map.lineOf(3)]).toEqual([3, 2, 4])
})
