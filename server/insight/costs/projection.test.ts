import { expect, it } from 'vitest'
import { projectedMicros } from './projection'

it('projects the cost so far onto the whole month', () => {
  expect(projectedMicros(10_000, new Date('2026-11-16T00:00:00Z'))).toBe(20_000)
})

it('gives no projection on the first day', () => {
  expect(projectedMicros(10_000, new Date('2026-11-01T20:00:00Z'))).toBeNull()
})
