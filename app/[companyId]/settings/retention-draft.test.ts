import { expect, test } from 'vitest'
import { draftOf, retentionOf } from './retention-draft'

test('limits are saved as typed, and shown as saved', () => {
  const retention = { logs: { days: 30, bytes: 5_000_000 }, wakeups: { days: null, bytes: 1_000_000 } }
  expect(retentionOf(draftOf(retention))).toEqual(retention)
  expect(retentionOf(draftOf(null))).toBeNull()
})

test.each(['0', '-1', '1.5', 'ten', '99999999999'])('%s is not a number of days', (days) => {
  expect(retentionOf({ ...draftOf(null), events: { days, megabytes: '' } })).toBeUndefined()
})
