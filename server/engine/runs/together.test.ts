import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { endingOf } from '@/tests/engine'
import { queuedCompany } from '@/tests/queued'
import type { Ended } from './ending'
import { end } from './transition'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('any number of endings is written, at most a hundred per transaction', async () => {
  await queuedCompany(sql, 250)
  const runs = await sql<{ id: string; agentId: string }[]>`select id, agent_id from heartbeat_runs`
  const stopped = { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' } as const
  const endings = runs.map((run) => endingOf(run, null, stopped))
  let after = 0
  const ended: Ended[] = []
  const failing = end(sql, endings, () => Promise.reject(new Error('a slot is taken')), ended)
  await expect(failing).rejects.toThrow('a slot is taken')
  expect(ended).toHaveLength(200)
  await end(sql, endings, async () => void after++, ended)
  expect([new Set(ended.map((run) => run.runId)).size, after]).toEqual([250, 1])
  const together = await sql<{ runs: number }[]>`
    select count(*)::int as runs from live_events where type = 'heartbeat.run.status' group by tx order by 1`
  expect(together.map(({ runs }) => runs)).toEqual([50, 100, 100])
})
