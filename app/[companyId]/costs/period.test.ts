import { expect, it } from 'vitest'
import { daysOf, spanOf } from './period'

const now = new Date('2026-03-02T23:30:00Z')

it.each([
  ['month', '2026-03-01', '2026-03-03'],
  ['last_month', '2026-02-01', '2026-03-01'],
  ['7d', '2026-02-24', '2026-03-03'],
] as const)('%s is from %s up to %s', (period, since, until) => {
  expect(spanOf(period, now)).toEqual({ since: `${since}T00:00:00.000Z`, until: `${until}T00:00:00.000Z` })
})

it('lists every day of a span', () => {
  expect(daysOf(spanOf('last_month', now))).toHaveLength(28)
  expect(daysOf(spanOf('month', now))).toEqual(['2026-03-01', '2026-03-02'])
})
