import { expect, test } from 'vitest'
import { type HeartbeatPolicy, heartbeatPolicySchema } from './policy'
import { firstFiring, hasTimer, nextFiring } from './schedule'

const policy = (given: Partial<HeartbeatPolicy>) => heartbeatPolicySchema.parse(given)
const at = (iso: string) => new Date(iso)
const noon = at('2026-03-01T12:00:00.000Z')
const secondsFromNoon = (date: Date | null) => date && (date.getTime() - noon.getTime()) / 1000

test.each([
  [{}, false],
  [{ intervalSec: 60 }, true],
  [{ intervalSec: 60, enabled: false }, false],
  [{ cron: '0 * * * *' }, true],
  [{ cron: '0 * * * *', enabled: false }, false],
] as const)('%j has a timer: %s', (given, expected) => {
  expect(hasTimer(policy(given))).toBe(expected)
  expect(firstFiring(policy(given), noon, () => 0.5) !== null).toBe(expected)
  expect(nextFiring(policy(given), noon, noon, 0) !== null).toBe(expected)
})

test('first firings of an interval are spread over all of it, and never due at once', () => {
  const firsts = Array.from({ length: 100 }, (_, n) => firstFiring(policy({ intervalSec: 600 }), noon, () => n / 100))
  const seconds = firsts.map(secondsFromNoon)
  expect(seconds[0]).toBeGreaterThanOrEqual(0)
  expect(seconds[99]).toBeLessThanOrEqual(600)
  expect(new Set(seconds).size).toBe(100)
  expect(seconds[50]).toBe(300)
})

test.each([
  ['on time', 0, 60],
  ['a little late', 5, 60],
  ['one slot missed', 60, 120],
  ['many missed', 3605, 3660],
])('the slot after one that is %s keeps its phase and fires once', (_name, lateSec, expected) => {
  const now = new Date(noon.getTime() + lateSec * 1000)
  expect(secondsFromNoon(nextFiring(policy({ intervalSec: 60 }), noon, now, 0))).toBe(expected)
})

test.each([
  [0, 60],
  [1, 120],
  [2, 240],
  [5, 1920],
  [6, 3600],
  [1000, 3600],
])('after %i failures in a row a timer of a minute waits %i s', (failures, expected) => {
  expect(secondsFromNoon(nextFiring(policy({ intervalSec: 60 }), noon, noon, failures))).toBe(expected)
})

test('a timer with an interval above the cap keeps it in spite of failures', () => {
  expect(secondsFromNoon(nextFiring(policy({ intervalSec: 7200 }), noon, noon, 9))).toBe(7200)
})

test('cron fires at its next time, strictly later, in UTC by default', () => {
  const hourly = policy({ cron: '0 * * * *' })
  expect(nextFiring(hourly, noon, noon, 0)).toEqual(at('2026-03-01T13:00:00.000Z'))
  expect(nextFiring(hourly, noon, at('2026-03-01T15:30:00.000Z'), 0)).toEqual(at('2026-03-01T16:00:00.000Z'))
  expect(firstFiring(policy({ cron: '30 9 * * 1-5' }), noon, () => 0)).toEqual(at('2026-03-02T09:30:00.000Z'))
})

test('cron in a zone keeps the hour of the day when the clocks change', () => {
  const daily = policy({ cron: '0 9 * * *', timezone: 'Europe/Berlin' })
  const before = at('2026-03-28T08:00:00.000Z')
  const after = nextFiring(daily, before, before, 0)
  expect(after).toEqual(at('2026-03-29T07:00:00.000Z'))
  const autumn = at('2026-10-24T07:00:00.000Z')
  expect(nextFiring(daily, autumn, autumn, 0)).toEqual(at('2026-10-25T08:00:00.000Z'))
})

test('a time that the clocks skip fires once that day, and a repeated one fires once', () => {
  const night = policy({ cron: '30 2 * * *', timezone: 'Europe/Berlin' })
  const firings = (from: Date, count: number) => {
    const all: Date[] = []
    for (let now = from; all.length < count; ) {
      const next = nextFiring(night, now, now, 0)
      if (!next) break
      all.push(next)
      now = next
    }
    return all
  }
  const day = (date: Date) => date.toLocaleDateString('sv', { timeZone: 'Europe/Berlin' })
  expect(firings(at('2026-03-27T12:00:00.000Z'), 3).map(day)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30'])
  expect(firings(at('2026-10-23T12:00:00.000Z'), 3).map(day)).toEqual(['2026-10-24', '2026-10-25', '2026-10-26'])
})

test('failures delay cron by up to an hour, to one of its times', () => {
  const everyMinute = policy({ cron: '* * * * *' })
  const waits = [0, 1, 2, 3, 50].map((failures) => secondsFromNoon(nextFiring(everyMinute, noon, noon, failures)))
  expect(waits).toEqual([60, 120, 180, 300, 3660])
  expect(nextFiring(policy({ cron: '0 9 * * *' }), noon, noon, 50)).toEqual(at('2026-03-02T09:00:00.000Z'))
})

test.each([
  { intervalSec: -1 },
  { intervalSec: 1.5 },
  { cron: 'not a cron' },
  { cron: '0 0 30 2 *' },
  { timezone: 'Mars/Olympus' },
  { cron: '* * * * *', intervalSec: 5 },
  { maxConcurrentRuns: 0 },
  { unknown: true },
])('%j is rejected when it is saved', (given) => {
  expect(heartbeatPolicySchema.safeParse(given).success).toBe(false)
})
