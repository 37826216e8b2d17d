import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { genericPlans } from '@/db/testing/generic-plans'
import { systemStatus } from './status'

const database = await createTestDatabase()
afterAll(() => database.drop())

test('live runs are counted by partial indexes, however many runs have ended', async () => {
  const plans = await genericPlans(database.connection, 'heartbeat_runs', systemStatus)
  expect(plans).toHaveLength(3)
  for (const plan of plans) expect(plan).toMatch(/runs_(queue|one_queued|slot|held_by)\b/)
})
