import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { eventually } from './eventually'
import { hireAgent, runThatIs, sh, wake } from './scene'
import { endServers, startServer, urlOf } from './server'

const database = await createTestDatabase()
afterAll(async () => {
  await endServers()
  await database.drop()
})

test('a log ends at its limit, which is said at once, and the run tells how much more there was', async () => {
  const env = { REVEILLE_MAX_LOG_BYTES: '100000' }
  const server = await startServer({ databaseUrl: urlOf(database.connection), env })
  const gate = join(server.dataDir, 'gate')
  const { agentId } = await hireAgent(
    server.client,
    sh('yes | head -c 150000; until [ -e "$1" ]; do sleep 0.02; done', gate),
  )
  const runId = await wake(server.client, agentId)
  const warnings = async () =>
    (await server.client.run.events.query({ runId })).items.flatMap(({ eventType, message, payload }) =>
      eventType === 'warning' ? [{ message, payload }] : [],
    )
  const full = {
    message: 'The log has reached its limit of 100,000 bytes: what follows is not kept.',
    payload: { logMaxBytes: 100_000 },
  }
  await eventually(async () => (await warnings()).length > 0, 'it says so while it runs')
  expect([await warnings(), (await server.client.run.get.query({ runId })).status]).toEqual([[full], 'running'])
  writeFileSync(gate, '')
  const run = await runThatIs(server.client, runId, 'succeeded')
  expect(await warnings()).toEqual([full, expect.objectContaining({ payload: { logTruncatedBytes: 50_000 } })])
  expect(run).toMatchObject({ logBytes: 100_000, logTruncatedBytes: 50_000 })
  const log = await fetch(`${server.url}/api/runs/${run.id}/log`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  expect((await log.text()).length).toBe(100_000)
})
