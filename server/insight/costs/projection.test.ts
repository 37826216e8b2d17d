import { expect, it } from 'vitest'
import { projectedMicros } from './projection'

it('goes on at the pace so far', () => {
  expect(projectedMicros(10_000, new Date('2026-11-16T00:00:00Z'))).toBe(20_000)
})

it('says nothing on the first day', () => {
  expect(projectedMicros(10_000, new Date('2026-11-01T20:00:00Z'))).toBeNull()
})
