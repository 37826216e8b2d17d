import { expect, test } from 'vitest'
import { limitsOf, type Retention } from './retention'

test('a limit that is missing in a stored row is no limit, and does not mean 0', () => {
  const stored = { events: { days: 30 }, logs: {} } as Retention
  expect(limitsOf(stored, 'events')).toEqual({ days: 30, bytes: null })
  expect(limitsOf(stored, 'logs')).toBeNull()
  expect(limitsOf(stored, 'fields')).toBeNull()
})
