import { expect, test } from 'vitest'
import { limitsOf, type Retention } from './retention'

test('a limit that a stored row does not name is none: it is not taken for nothing to be kept', () => {
  const stored = { events: { days: 30 }, logs: {} } as Retention
  expect(limitsOf(stored, 'events')).toEqual({ days: 30, bytes: null })
  expect(limitsOf(stored, 'logs')).toBeNull()
  expect(limitsOf(stored, 'fields')).toBeNull()
})
