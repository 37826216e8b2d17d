import { expect, it } from 'vitest'
import { reconnectDelayMs } from './reconnect-delay'

it('grows from 250 ms to four seconds', () => {
  const longest = (attempt: number) => reconnectDelayMs(attempt, () => 1)
  expect([0, 1, 2, 5, 100].map(longest)).toEqual([250, 500, 1_000, 4_000, 4_000])
})

it('has jitter, so that many tabs do not reconnect at once', () => {
  expect(reconnectDelayMs(5, () => 0)).toBe(2_000)
  expect(reconnectDelayMs(5, () => 0.5)).toBe(3_000)
})
