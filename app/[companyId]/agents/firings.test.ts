import { expect, test } from 'vitest'
import { describeTimer, firingsOf, hasEnded } from './firings'

const now = new Date('2026-11-22T10:00:00Z')
const timer = (given: object) => ({ enabled: true, intervalSec: 0, ...given })
const iso = (dates: Date[]) => dates.map((date) => date.toISOString())

test('an interval continues from the planned firing', () => {
  const next = new Date('2026-11-22T10:07:00Z')
  expect(iso(firingsOf(timer({ intervalSec: 600 }), now, next, 2))).toEqual([
    '2026-11-22T10:07:00.000Z',
    '2026-11-22T10:17:00.000Z',
  ])
})

test('a cron expression is evaluated in its time zone', () => {
  const berlin = timer({ cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' })
  expect(iso(firingsOf(berlin, now, null, 1))).toEqual(['2026-11-23T08:00:00.000Z'])
})

test('a timer that does not fire has no firings', () => {
  expect(firingsOf(timer({}), now, null)).toEqual([])
  expect(firingsOf(timer({ enabled: false, intervalSec: 5 }), now, null)).toEqual([])
  expect(firingsOf(timer({ cron: 'no cron' }), now, null)).toEqual([])
})

test('a cron without further slots has ended; an invalid one, or one that is off, has not', () => {
  const once = (given: object = {}) => hasEnded(timer({ cron: '2026-11-22T10:00:00', ...given }), now)
  expect([once(), once({ enabled: false }), once({ cron: 'no cron' }), once({ cron: '0 9 * * *' })]).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect(hasEnded(timer({ cron: '2026-11-22T10:00:01' }), now)).toBe(false)
})

test.each([
  [{ intervalSec: 5400 }, 'Every 90 minutes'],
  [{ intervalSec: 86_400 }, 'Every day'],
  [{ cron: '*/15 * * * *' }, 'Every 15 minutes (UTC)'],
  [{ cron: '*/15 9-17 * * 1-5' }, 'Every 15 minutes, from 09:00 to 17:59 from Monday to Friday (UTC)'],
  [{ cron: '30 9 * * mon,thu', timezone: 'Europe/Berlin' }, 'At 09:30 on Monday, Thursday (Europe/Berlin)'],
  [{ cron: '0 */2 * * *' }, 'Every 2 hours at minute 0 (UTC)'],
  [{ cron: '0 0 1 * *' }, 'Cron 0 0 1 * * (UTC)'],
  [{}, 'No timer.'],
  [{ enabled: false }, 'The timer is off.'],
])('%o reads "%s"', (given, text) => expect(describeTimer(timer(given))).toBe(text))
