import { expect, it } from 'vitest'
import { formatAgo, formatBytes, formatDuration, formatUntil } from './format'

const noon = Date.parse('2026-11-22T12:00:00.000Z')

it.each([
  [0, '0.00s'],
  [420, '0.42s'],
  [4_250, '4.3s'],
  [12_900, '12s'],
  [64_000, '1m 04s'],
  [7_380_000, '2h 03m'],
  [273_600_000, '3d 04h'],
  [-5, '0.00s'],
])('formats a duration of %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

it('formats times as ago, and never in the future', () => {
  expect(formatAgo('2026-11-22T11:59:56.000Z', noon)).toBe('4 s ago')
  expect(formatAgo('2026-11-22T11:00:00.000Z', noon)).toBe('1 h ago')
  expect(formatAgo('2026-11-22T12:00:03.000Z', noon)).toBe('just now')
})

it('counts down to the second, then shows "due"', () => {
  expect(formatUntil('2026-11-22T12:01:04.000Z', noon)).toBe('in 1m 04s')
  expect(formatUntil('2026-11-22T12:00:00.200Z', noon)).toBe('in 1s')
  expect(formatUntil('2026-11-22T11:59:59.000Z', noon)).toBe('due')
})

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [268_435_456, '256 MiB'],
])('formats %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})
